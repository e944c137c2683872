"""What all that listens to torch's dispatcher shares: one call for each operation that is none of several."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from cnnkit.trace import aten


class Operations(TorchDispatchMode):
    """While it is entered, `operation` stands between torch and each operation; in a model's run they come in one order."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # torch leaves it untyped

    @abstractmethod
    def operation(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Returns what ``func(*args, **kwargs)`` gives, or something in its place."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Otherwise torch wraps the method below, and its first call imports the whole compiler: 1.5 s for nothing."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if aten.is_composite(func):  # in inference mode torch leaves these whole
            with self:
                return func.decompose(*args, **kwargs)
        return self.operation(func, args, kwargs)
