"""Whatever happens to the bytes of a store, nobody reads a wrong table: the short form."""

import random

from soak.damage import DamageSoak


def test_no_copy_with_changed_bytes_gives_another_result(tmp_path):
    soak = DamageSoak(tmp_path, random.Random(0))
    for number in range(12):
        soak.damage(number)
    assert soak.faults == []
    assert soak.outcomes["run", "refused"] > 6
