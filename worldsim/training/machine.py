"""What training runs on: this process's CPU, or what `accelerate` finds: one graphics card or several, here or afar."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from worldsim.errors import MissingExtraError


class Machine(Protocol):
    """Runs the network and the way back through it.

    Attributes:
        device: where batches belong. main: whether this process writes files. place: its number among all.
    """

    device: torch.device
    main: bool
    place: int

    def prepare(self, network: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Return both, ready for this machine."""
        ...

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which the network runs in the machine's fast type."""
        ...

    def backward(self, loss: Tensor) -> None:
        """Make gradients, summed over processes."""
        ...


class Cpu:
    """This process alone; bfloat16 where the CPU has instructions for it."""

    main, place = True, 0

    def __init__(self) -> None:
        """Look at the CPU."""
        from worldsim.render.diffusion.fold import fast_dtype

        self.device = torch.device("cpu")
        self._dtype = fast_dtype(self.device)

    def prepare(self, network: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Return both, the network's weights laid out channels last."""
        return network.to(memory_format=torch.channels_last), optimiser  # type: ignore[call-overload]

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which convolutions run in bfloat16, where that is faster."""
        return torch.autocast("cpu", torch.bfloat16, enabled=self._dtype == torch.bfloat16)

    def backward(self, loss: Tensor) -> None:
        """Make gradients."""
        loss.backward()


class Accelerated:
    """What `accelerate` finds; `accelerate launch -m worldsim renderer train …` starts several processes."""

    def __init__(self, cpu: bool = False) -> None:
        """Ask accelerate.

        Raises:
            MissingExtraError: it is not installed.
        """
        try:
            from accelerate import Accelerator
        except ImportError as error:
            raise MissingExtraError("training on graphics cards", "pretrained") from error
        self._inner = Accelerator(mixed_precision="no" if cpu else "bf16", cpu=cpu)
        self.device = self._inner.device
        self.main, self.place = bool(self._inner.is_main_process), int(self._inner.process_index)

    def prepare(self, network: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        """Return both, on the devices and in step with the other processes."""
        prepared = self._inner.prepare(network.to(memory_format=torch.channels_last), optimiser)  # type: ignore[call-overload]
        return prepared[0], prepared[1]

    def autocast(self) -> AbstractContextManager[Any]:
        """Return accelerate's own context."""
        context: AbstractContextManager[Any] = self._inner.autocast()
        return context

    def backward(self, loss: Tensor) -> None:
        """Make gradients, summed over processes."""
        self._inner.backward(loss)


def make_machine(accelerator: str) -> Machine:
    """Return what "auto", "cpu" or "cuda" stands for.

    Raises:
        MissingExtraError: accelerate is needed and not installed.
        ValueError: "cuda" where torch finds no graphics card.
    """
    if accelerator == "cpu" or (accelerator == "auto" and not torch.cuda.is_available()):
        return Cpu()
    if not torch.cuda.is_available():
        raise ValueError("--device cuda was asked for, but torch finds no graphics card here; leave it out")
    return Accelerated()


def plain(network: nn.Module) -> nn.Module:
    """Return the network itself, without what a machine has put around it."""
    inner: nn.Module = getattr(network, "module", network)
    return inner
