"""What watching costs: the live trainer against the bare loop, and against other ways to redraw a curve, in a real kernel.

python benchmarks/live.py                   resnet50_layer4 on emoji10, 5 pairs of 40 steps
python benchmarks/live.py --device cuda --steps 400

Everything runs in a Jupyter kernel of its own, so that what a widget sends goes through the kernel's sockets. livelossplot is
compared where it is installed (pip install livelossplot); it is not among the kit's requirements.
"""

import argparse
import inspect

import nbclient
import nbformat
from machine import machine


def watched(name: str, steps: int, pairs: int, device: str) -> None:
    """In the kernel: the bare loop and the live trainer in turn; prints the time that watching takes."""
    import statistics
    import time

    import torch

    from cnnkit import Training, data, explore, models

    ds = data.load("emoji10")

    def training() -> Training:
        torch.manual_seed(0)
        model = models.build(name)
        return Training(model, ds, epochs=100, precision="float32" if device == "cpu" else "auto", device=device)

    def bare() -> float:
        run = training()
        loop = iter(run)
        next(loop)
        start = time.perf_counter()
        for _ in range(steps):
            next(loop)
        run.history.losses()
        return time.perf_counter() - start

    def live() -> tuple[float, float]:
        run = explore.LiveTraining(training(), background=True)
        display(run)  # noqa: F821 (the kernel's own)
        run.step()
        run.driver.join()
        inside, changed = [0.0], run.driver._changed

        def timed(status: bool) -> None:
            start = time.perf_counter()
            changed(status)
            inside[0] += time.perf_counter() - start

        run.driver._changed = timed
        start = time.perf_counter()
        run.step(steps)
        run.driver.join()
        return time.perf_counter() - start, inside[0]

    times = [(bare(), *live()) for _ in range(pairs)]
    ratios = [b / a for a, b, _ in times]
    share = statistics.median(inside / b for _, b, inside in times)
    print(
        f"{name} on {device}, {steps} steps: bare {statistics.median(a for a, _, _ in times):.2f} s   watched/bare "
        f"{statistics.median(ratios):.3f} [{min(ratios):.3f} .. {max(ratios):.3f}]   spent on the screen {100 * share:.2f} %   "
        f"{pairs} pairs"
    )


def redraws(points: int) -> None:
    """In the kernel: milliseconds of one redraw with ``points`` steps, each way."""
    import statistics
    import time

    from IPython.display import clear_output, display
    from matplotlib import pyplot as plt

    from cnnkit import explore
    from cnnkit.explore.missions.faults import make

    losses = [2.3 / (1 + i / points) + 0.1 * (i % 7) for i in range(points)]

    def median(work, times: int = 15) -> float:
        work()
        taken = []
        for _ in range(times):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
        return 1000 * statistics.median(taken)

    live = explore.LiveTraining(make("healthy"))
    for loss in losses:
        live.driver.story.now.append(loss, 0.5, 1e-3)
    display(live)
    found = [f"{points:,} steps: live trainer {median(lambda: live._desk.show(picture=True)):.1f} ms"]

    def cleared() -> None:
        clear_output(wait=True)
        figure, axes = plt.subplots(1, 2, figsize=(9, 3))
        axes[0].plot(losses)
        axes[1].plot(losses)
        display(figure)
        plt.close(figure)

    found.append(f"clear_output and display {median(cleared, 5):.0f} ms")
    try:
        from livelossplot import PlotLosses
    except ImportError:
        found.append("livelossplot is not installed")
    else:
        plot = PlotLosses()
        for loss in losses:
            plot.update({"loss": loss, "val_loss": loss, "accuracy": 0.5, "val_accuracy": 0.5})
        found.append(f"livelossplot {median(plot.send, 5):.0f} ms")
    print("   ".join(found))


def main() -> None:
    """Runs both in a fresh kernel each and prints what they print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="resnet50_layer4")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    calls = [(redraws, f"({points})") for points in (500, 1000, 100_000)]
    calls.append((watched, f"({options.model!r}, {options.steps}, {options.pairs}, {options.device!r})"))
    for function, arguments in calls:
        print(in_a_kernel(f"{inspect.getsource(function)}\n{function.__name__}{arguments}"))
    print(machine(options.device))


def in_a_kernel(source: str) -> str:
    """The last line that ``source`` prints in a Jupyter kernel of its own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, timeout=3600, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout").strip().splitlines()[-1]


if __name__ == "__main__":
    main()
