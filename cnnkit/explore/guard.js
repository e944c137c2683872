// Stands below a widget and looks after it.
//   keys    JupyterLab takes m, x, d d and the arrows of whatever has the focus for its cells, unless that very element says no
//   Python  after a restart, and in a notebook that is opened anew, controls still move and nothing answers: then it says so
const LOST = "Python does not answer here any more: run this cell again.";
// One sentence, and no broken chain at each slider, which would shift its row.
const QUIET = ".cnnkit.jupyter-widgets-disconnected::before, .cnnkit .jupyter-widgets-disconnected::before { display: none !important }";

function render({ model, el }) {
  const said = el.appendChild(document.createElement("div"));
  said.setAttribute("role", "status");
  said.style.cssText = "font-weight:bold;color:var(--jp-warn-color0,#a84300)";
  el.appendChild(document.createElement("style")).textContent = QUIET;
  const keep = ({ target }) => el.closest(".cnnkit")?.contains(target) && target.setAttribute("data-lm-suppress-shortcuts", "true");
  const lost = (box) => box && (box.matches(".jupyter-widgets-disconnected") || box.querySelector(".jupyter-widgets-disconnected"));
  const look = () => (said.textContent = lost(el.closest(".cnnkit")) ? LOST : ""); // on Colab only the box itself says so
  const watch = setInterval(look, 1500); // a notebook's widgets come to the page when they like
  document.addEventListener("focusin", keep);
  model.on("comm_live_update", look);
  return () => {
    clearInterval(watch);
    document.removeEventListener("focusin", keep);
    model.off("comm_live_update", look);
  };
}

export default { render };
