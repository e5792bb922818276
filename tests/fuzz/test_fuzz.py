"""Some inputs of every kind; `make fuzz N=100000` tries more."""

from random import Random

import pytest
from fuzz.kinds import KINDS
from fuzz.mutation import mutated
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("kind", KINDS)
def test_sound_inputs(kind):
    for seed in KINDS[kind].SEEDS:
        KINDS[kind].target(seed)


@pytest.mark.parametrize("kind", KINDS)
def test_changed_inputs(kind):
    seeds = KINDS[kind].SEEDS

    @given(st.sampled_from(seeds), st.integers(0, 2**32))
    def check(seed, number):
        KINDS[kind].target(mutated(seed, seeds, Random(number)))

    check()
