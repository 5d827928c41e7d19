"""Several trained policies become one that acts as an ensemble. This module knows nothing of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from worldsim.errors import PolicyError
from worldsim.learn.ensemble import Ensemble
from worldsim.learn.memory import Recurrent
from worldsim.learn.trained import Passport, Trained


def joined(policies: Sequence[Trained]) -> Trained:
    """Return the policy that does what all of them think likely.

    Args:
        policies: two or more with a memory (of `worldsim train --algo dagger`), made for the same; ensembles join as
            their members.

    Raises:
        PolicyError: fewer than two, one without a memory, or made for different tasks, channels, arguments, values.
    """
    if len(policies) < 2:
        raise PolicyError("an ensemble takes two policies or more")
    first = policies[0].passport
    members: list[Recurrent] = []
    for number, policy in enumerate(policies, 1):
        network = policy.network
        if not isinstance(network, Recurrent | Ensemble):
            raise PolicyError(f"policy {number} has no memory: only those of --algo dagger can be joined")
        for entry in fields(Passport):
            mine, theirs = getattr(policy.passport, entry.name), getattr(first, entry.name)
            if mine != theirs:
                raise PolicyError(f"policy {number} was made for another {entry.name} than the first: {mine!r}")
        members += network.members if isinstance(network, Ensemble) else [network]
    said = {(len(member.tensors["decode_bias"]), len(member.tensors.get("values", ()))) for member in members}
    if len(said) > 1:
        raise PolicyError("some of them choose among values and others do not, or among other numbers of values")
    return Trained(Ensemble(members), first)
