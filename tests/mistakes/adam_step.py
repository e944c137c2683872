# Answers to adam_step; see README.md.
# === wrong correction-missing (blind): no correction for the start
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    return weight - lr * m / (v.sqrt() + 1e-8), m, v
# === wrong root-missing (blind): divided by v itself
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh = m / (1 - 0.9 ** step)
    vh = v / (1 - 0.999 ** step)
    return weight - lr * mh / (vh + 1e-8), m, v
# === wrong square-missing (blind): v is the mean of the gradient's size
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient.abs()
    mh = m / (1 - 0.9 ** step)
    vh = v / (1 - 0.999 ** step)
    return weight - lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong corrected-kept (blind): the corrected numbers are kept
def adam_step(weight, gradient, m, v, step, lr):
    m = (0.9 * m + 0.1 * gradient) / (1 - 0.9 ** step)
    v = (0.999 * v + 0.001 * gradient ** 2) / (1 - 0.999 ** step)
    return weight - lr * m / (torch.sqrt(v) + 1e-8), m, v
# === wrong gradient-not-mean (blind): the gradient itself, divided by the root of v
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    vh = v / (1 - 0.999 ** step)
    return weight - lr * gradient / (vh.sqrt() + 1e-8), m, v
# === wrong uphill (blind): a plus
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    return weight + lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong shares-swapped (blind): 0.1 of the old and 0.9 of the new
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.1 * m + 0.9 * gradient
    v = 0.001 * v + 0.999 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    return weight - lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong old-numbers-used (blind): the step uses m and v of before
def adam_step(weight, gradient, m, v, step, lr):
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    weight = weight - lr * mh / (vh.sqrt() + 1e-8)
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    return weight, m, v
# === wrong one-rate-for-both (blind): 0.9 for both
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.9 * v + 0.1 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.9 ** step)
    return weight - lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong step-times (blind): times the step in place of the power
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh, vh = m / (1 - 0.9 * step), v / (1 - 0.999 * step)
    return weight - lr * mh / (vh.abs().sqrt() + 1e-8), m, v
# === wrong counts-from-zero (blind): the step counted from 0
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** (step + 1)), v / (1 - 0.999 ** (step + 1))
    return weight - lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong wrong-type (blind): only the weight comes back
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    return weight - lr * mh / (vh.sqrt() + 1e-8)
# === wrong changes-input (blind): m and v in place
def adam_step(weight, gradient, m, v, step, lr):
    m.mul_(0.9).add_(0.1 * gradient)
    v.mul_(0.999).add_(0.001 * gradient ** 2)
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    return weight - lr * mh / (vh.sqrt() + 1e-8), m, v
# === wrong wrong-value (blind): the weight is left out of the new one
def adam_step(weight, gradient, m, v, step, lr):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    mh, vh = m / (1 - 0.9 ** step), v / (1 - 0.999 ** step)
    return -lr * mh / (vh.sqrt() + 1e-8), m, v
# === right (blind): line by line
def adam_step(weight: Tensor, gradient: Tensor, m: Tensor, v: Tensor, step: int, lr: float):
    m = 0.9 * m + 0.1 * gradient
    v = 0.999 * v + 0.001 * gradient ** 2
    m_hat = m / (1 - 0.9 ** step)
    v_hat = v / (1 - 0.999 ** step)
    return weight - lr * m_hat / (v_hat.sqrt() + 1e-8), m, v
# === right (blind): lerp and addcdiv
def adam_step(weight, gradient, m, v, step, lr):
    m = m.lerp(gradient, 0.1)
    v = torch.addcmul(0.999 * v, gradient, gradient, value=0.001)
    denominator = (v / (1 - 0.999 ** step)).sqrt() + 1e-8
    return torch.addcdiv(weight, m, denominator, value=-lr / (1 - 0.9 ** step)), m, v
# === right (blind): m moves a tenth of the way
def adam_step(weight, gradient, m, v, step, lr):
    b1, b2, eps = 0.9, 0.999, 1e-8
    new_m = m + (1 - b1) * (gradient - m)
    new_v = v + (1 - b2) * (gradient * gradient - v)
    change = lr * (new_m / (1 - math.pow(b1, step))) / (torch.sqrt(new_v / (1 - math.pow(b2, step))) + eps)
    return weight - change, new_m, new_v
# === right (blind): number by number
def adam_step(weight, gradient, m, v, step, lr):
    w2, m2, v2 = weight.clone(), m.clone(), v.clone()
    for i in range(len(weight)):
        m2[i] = 0.9 * m[i] + 0.1 * gradient[i]
        v2[i] = 0.999 * v[i] + 0.001 * gradient[i] ** 2
        w2[i] = weight[i] - lr * (m2[i] / (1 - 0.9 ** step)) / ((v2[i] / (1 - 0.999 ** step)) ** 0.5 + 1e-8)
    return w2, m2, v2
