# Answers to standard_error; see README.md.
# === wrong root-missing (blind): the variance
def standard_error(accuracy, photos):
    return accuracy * (100 - accuracy) / photos
# === wrong spread-of-one (blind): not divided by the number of photos
def standard_error(accuracy, photos):
    return math.sqrt(accuracy * (100 - accuracy))
# === wrong divided-outside (blind): divided by n outside of the root
def standard_error(accuracy, photos):
    return math.sqrt(accuracy * (100 - accuracy)) / photos
# === wrong fraction-for-percent (blind): a fraction
def standard_error(accuracy, photos):
    p = accuracy / 100
    return math.sqrt(p * (1 - p) / photos)
# === wrong taken-as-fraction (blind): the accuracy is taken as a fraction
def standard_error(accuracy, photos):
    return math.sqrt(abs(accuracy * (1 - accuracy)) / photos)
# === wrong one-less (blind): n - 1
def standard_error(accuracy, photos):
    return math.sqrt(accuracy * (100 - accuracy) / (photos - 1))
# === wrong two-errors (blind): twice, for 95 %
def standard_error(accuracy, photos):
    return 2 * math.sqrt(accuracy * (100 - accuracy) / photos)
# === wrong only-p (blind): the other half is forgotten
def standard_error(accuracy, photos):
    return math.sqrt(accuracy * 100 / photos)
# === wrong worst-case (blind): always that of one half
def standard_error(accuracy, photos):
    return 50 / math.sqrt(photos)
# === wrong two-errors (blind): 1.96 times
def standard_error(accuracy, photos):
    return 1.96 * math.sqrt(accuracy * (100 - accuracy) / photos)
# === wrong returns-nothing (blind): printed
def standard_error(accuracy, photos):
    print(math.sqrt(accuracy * (100 - accuracy) / photos))
# === wrong wrong-type (blind): a tensor
def standard_error(accuracy, photos):
    return torch.tensor(accuracy * (100 - accuracy) / photos).sqrt()
# === wrong wrong-value (blind): rounded to whole points
def standard_error(accuracy, photos):
    return float(round(math.sqrt(accuracy * (100 - accuracy) / photos)))
# === right (blind): the formula in percent
def standard_error(accuracy: float, photos: int) -> float:
    return math.sqrt(accuracy * (100 - accuracy) / photos)
# === right (blind): a fraction first
def standard_error(accuracy, photos):
    p = accuracy / 100
    return 100 * (p * (1 - p) / photos) ** 0.5
# === right (blind): the spread of the answers, by their definition
def standard_error(accuracy, photos):
    p = accuracy / 100
    variance = p * (1 - p) ** 2 + (1 - p) * p ** 2
    return 100 * math.sqrt(variance) / math.sqrt(photos)
# === right (blind): torch, as a number
def standard_error(accuracy, photos):
    p = torch.tensor(accuracy / 100, dtype=torch.float64)
    return (100 * torch.sqrt(p * (1 - p) / photos)).item()
