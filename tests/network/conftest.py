"""Fixtures of the tests of one network."""

import pytest
from model_cases import SIZES

from rnnsweep import Model


@pytest.fixture
def model():
    return Model(**SIZES, dtype="float64")


@pytest.fixture
def params(model):
    return model.init(0)
