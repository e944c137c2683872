"""Every widget in both themes and with large letters: what is written can be read, and nothing is cut off."""

import pytest
from hands import output, shoot
from labs import opened

pytestmark = pytest.mark.slow

CELLS = [
    "import torch; torch.manual_seed(0)\nfrom torch import nn\n"
    "from cnnkit import Training, anatomy, check, data, explore, models\n"
    "net, ds = models.build('resnet50_layer4', width=16), data.load('emoji10')",
    "explore.convolution()",
    "explore.architecture(net)",
    "explore.inside(net)",
    "explore.residual_block(64, 64, 256)",
    "explore.residual_stream(net)",
    "live = explore.LiveTraining(Training(models.build('vgg16_cifar', width=8), ds), background=False); live",
    "explore.race({'plain': models.build('resnet50_layer4', width=8, shortcut='none'),"
    " 'residual': models.build('resnet50_layer4', width=8)}, ds)",
    "explore.guess('How many weights has a 3x3 convolution from 64 to 128 channels?', 73728)",
    "explore.mission(1)",
    "anatomy.table(net, (3, 32, 32))",
    "check.residual_block(models.resnet.Bottleneck)",
    "check.residual_block(nn.Conv2d)",
]
WIDGETS = range(1, len(CELLS))
# Text that is too pale for its ground: [cell, text, contrast]. The ground is the first filled thing under the middle of it;
# what lies on a photo or on half a colour is left out, as are controls that are switched off, and what is folded away.
PALE = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const part = p => p <= 0.04045 ? p / 12.92 : ((p + 0.055) / 1.055) ** 2.4;
    const light = ([r, g, b]) => 0.2126 * part(r / 255) + 0.7152 * part(g / 255) + 0.0722 * part(b / 255);
    const contrast = (one, two) => {
        const [dark, bright] = [light(parts(one)), light(parts(two))].sort((x, y) => x - y);
        return (bright + 0.05) / (dark + 0.05);
    };
    const solid = colour => colour.startsWith('rgb') && (parts(colour)[3] ?? 1) === 1;
    const ground = (x, y) => {
        for (const under of document.elementsFromPoint(x, y)) {
            const style = getComputedStyle(under), drawn = under.namespaceURI.endsWith('svg') && under.tagName !== 'svg';
            if (['image', 'IMG', 'CANVAS'].includes(under.tagName)) return null;
            if (['text', 'tspan'].includes(under.tagName)) continue;
            const fill = drawn ? style.fill : style.backgroundColor;
            if (drawn && fill !== 'none' && style.fillOpacity * style.opacity < 1) return null;
            if (solid(fill)) return fill;
        }
        return null;
    };
    return [...document.querySelectorAll('.jp-CodeCell')].flatMap((cell, number) => {
        const found = [], walker = document.createTreeWalker(cell.querySelector('.jp-Cell-outputArea'), NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const text = walker.currentNode, node = text.parentElement, range = document.createRange();
            const off = '[disabled], .mod-disabled, .jp-OutputPrompt, style, script, details:not([open]) > :not(summary)';
            if (!text.textContent.trim() || node.closest(off)) continue;
            range.selectNodeContents(text);
            const box = range.getBoundingClientRect(), style = getComputedStyle(node);
            const ink = node.namespaceURI.endsWith('svg') ? style.fill : style.color;
            const under = box.width && style.visibility !== 'hidden' && ground(box.x + box.width / 2, box.y + box.height / 2);
            if (under && solid(ink) && contrast(ink, under) < 4.5)
                found.push([number, text.textContent.trim().slice(0, 40), contrast(ink, under).toFixed(1), ink, under]);
        }
        return found;
    });
}"""
# Labels, buttons and words whose end cannot be seen, and drawings that are wider than their place: [cell, text].
CUT = """() => [...document.querySelectorAll('.jp-CodeCell')].flatMap((cell, number) =>
    [...cell.querySelectorAll('.widget-label, .widget-checkbox span, .widget-readout, .widget-hslider, .jp-OutputArea button')]
        .filter(node => node.clientWidth > 0 && node.scrollWidth > node.clientWidth + 1)
        .map(node => [number, node.textContent.trim().slice(0, 40)]))"""
# The smallest letters that are shown, in pixels: [cell, pixels].
LETTERS = """() => [...document.querySelectorAll('.jp-CodeCell')].map((cell, number) => [number, Math.min(
    ...[...cell.querySelectorAll('svg text')].map(text => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a),
    ...[...cell.querySelectorAll('.widget-html-content *')].filter(node => node.textContent && !node.closest('svg, details'))
        .map(node => parseFloat(getComputedStyle(node).fontSize)))]).filter(([number, pixels]) => Number.isFinite(pixels))"""


def themed(page, name):
    page.evaluate(f"void window.jupyterapp.commands.execute('apputils:change-theme', {{theme: 'JupyterLab {name}'}})")
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(name == 'Light').lower()}'")
    page.wait_for_timeout(1500)
    page.wait_for_selector("#jupyterlab-splash", state="detached")  # lies over everything until the theme is there


def test_what_is_written_can_be_read_in_both_themes_and_in_large_letters(lab, tmp_path):
    with opened(lab, CELLS, tmp_path) as page:
        for cell in WIDGETS:
            output(page, cell).locator("svg, table, .widget-box, .jp-RenderedHTMLCommon").first.wait_for(timeout=180_000)
        page.set_viewport_size({"width": 1700, "height": 9000})  # everything at once, so that each point can be asked for
        page.wait_for_timeout(3000)
        assert page.evaluate(PALE) == []
        assert page.evaluate(CUT) == []
        usual = dict(page.evaluate(LETTERS))
        assert min(usual.values()) >= 11, usual
        shoot(page, lab, "seen-light")
        themed(page, "Dark")
        assert page.evaluate(PALE) == []
        shoot(page, lab, "seen-dark")
        page.evaluate("""for (const name of ['ui-font-size1', 'widgets-font-size', 'content-font-size1', 'code-font-size'])
            for (const node of [document.documentElement, document.body]) node.style.setProperty(`--jp-${name}`, '21px');""")
        page.wait_for_timeout(1500)
        shoot(page, lab, "seen-large")
        assert page.evaluate(CUT) == []
        large = dict(page.evaluate(LETTERS))
        assert {cell: (pixels, large[cell]) for cell, pixels in usual.items() if large[cell] < 1.2 * pixels} == {}
