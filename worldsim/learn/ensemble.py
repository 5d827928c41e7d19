"""Networks with a memory, asked at once: what all of them think likely is done.

Each errs where the others don't: trained from other seeds, they agree on what was learned and differ in what was not
(Lakshminarayanan, Pritzel and Blundell, Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles,
2017). This module knows nothing of training.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from worldsim.learn.memory import Floats, Recurrent, likeliest


class Ensemble:
    """Recurrent networks that see and do the same, each with a memory of its own."""

    def __init__(self, members: Sequence[Recurrent]) -> None:
        """Take at least one."""
        self.members = tuple(members)

    def reset(self) -> None:
        """Forget everything: an episode begins."""
        for member in self.members:
            member.reset()

    def __call__(self, observation: Floats) -> Floats:
        """Return the action (A,) for an observation (O,), and remember it.

        The mean of what they tell; of those that choose, the value whose chances' product over them is the greatest.
        """
        said = np.stack([member.said(observation) for member in self.members])
        values = self.members[0].tensors.get("values")
        if values is None:
            return np.asarray(said.mean(0))
        scores = said.reshape(len(said), -1, len(values))
        scores = scores - scores.max(2, keepdims=True)
        return likeliest((scores - np.log(np.exp(scores).sum(2, keepdims=True))).mean(0), values)
