# Answers to feature_maps; see README.md.
# === wrong hook-stays (blind): the hook is not removed
def feature_maps(model, layer, image):
    kept = []
    layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    return kept[0][0]
# === wrong input-kept (blind): what comes into the layer
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(i[0].detach()))
    with torch.no_grad():
        model(image[None])
    handle.remove()
    return kept[0][0]
# === wrong layer-on-the-photo (blind): the layer is called on the image
def feature_maps(model, layer, image):
    with torch.no_grad():
        return layer(image[None])[0]
# === wrong model-output (blind): what the model returns
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o))
    out = model(image[None])
    handle.remove()
    return out[0].detach()
# === wrong batch-axis-kept (blind): the batch axis stays
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0]
# === wrong first-map-only (blind): one map
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0, 0]
# === wrong overwritten (blind): the next layer writes into the maps that were kept
def feature_maps(model, layer, image):
    kept = {}
    handle = layer.register_forward_hook(lambda m, i, o: kept.update(maps=o))
    with torch.no_grad():
        model(image[None])
    handle.remove()
    return kept["maps"][0]
# === wrong mean-of-maps (blind): averaged over the channels
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0].mean(0)
# === wrong relu-added (blind): negative values are cut off
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0].clamp(min=0)
# === wrong changes-input (blind): the mode is changed
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model.eval()(image[None])
    handle.remove()
    return kept[0][0]
# === wrong returns-nothing (blind): the hook's list is not returned
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
# === wrong wrong-type (blind): the list
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept
# === wrong raises (blind): the model is not run
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    handle.remove()
    return kept[0][0]
# === wrong wrong-value: scaled
def feature_maps(model, layer, image):
    kept = []
    handle = layer.register_forward_hook(lambda m, i, o: kept.append(o.detach().clone()))
    model(image[None])
    handle.remove()
    return kept[0][0] / kept[0][0].abs().max()
# === right (blind): a list and a lambda
def feature_maps(model: nn.Module, layer: nn.Module, image: Tensor) -> Tensor:
    kept = []
    handle = layer.register_forward_hook(lambda module, inputs, output: kept.append(output.detach().clone()))
    with torch.no_grad():
        model(image[None])
    handle.remove()
    return kept[0][0]
# === right (blind): a function, try and finally
def feature_maps(model, layer, image):
    maps = None
    def keep(module, inputs, output):
        nonlocal maps
        maps = output.clone()
    handle = layer.register_forward_hook(keep)
    try:
        model(image.unsqueeze(0))
    finally:
        handle.remove()
    return maps.squeeze(0)
# === right (blind): the handle in a with
def feature_maps(model, layer, image):
    found = {}
    with layer.register_forward_hook(lambda m, args, out: found.__setitem__("maps", out.detach().clone())):
        model(image[None])
    return found["maps"][0]
# === right (blind): the forward is wrapped and put back
def feature_maps(model, layer, image):
    kept = []
    old = layer.forward
    def forward(*args):
        out = old(*args)
        kept.append(out.clone())
        return out
    layer.forward = forward
    try:
        model(image[None])
    finally:
        del layer.forward
    return kept[0][0]
