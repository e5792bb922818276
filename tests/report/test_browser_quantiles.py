"""The quantiles of the page's curves equal numpy's, of few trials and of many."""

import browsers
import numpy as np
import pytest
from page_sources import source

browsers.need()

SHARES = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
# What curve_data.js has from the scripts before it.
BEFORE = """
const data = { curves: { epochs: [0, 1], low: -5, high: 1, codes: Uint16Array.from(codes) } };
const nTrials = codes.length / 2;
"""


@pytest.fixture(scope="module")
def quantiles(browser):
    """Return a function that returns the page's quantiles of codes (2, n), (shares, 2)."""
    page = browser.new_page()
    scripts = BEFORE + source("numbers.js") + source("curve_data.js")
    calculate = "curveQuantiles([...Array(nTrials).keys()], shares).map((own) => Array.from(own))"

    def quantiles(codes):
        arguments = {"codes": codes.ravel().tolist(), "shares": SHARES.tolist()}
        return page.evaluate(
            f"({{ codes, shares }}) => {{ {scripts} return {calculate}; }}", arguments
        )

    yield quantiles
    page.close()


# Up to 2,000 trials are sorted, and more are counted: one more is the smallest number of these.
@pytest.mark.parametrize("n_trials", [1, 2, 5, 2000, 2001, 5000])
def test_quantiles_equal_those_of_numpy(quantiles, n_trials):
    codes = np.random.default_rng(n_trials).integers(1, 65535, (2, n_trials))
    codes[1, : n_trials // 10] = 65535  # infinite
    losses = np.exp(-5 + (codes - 1) / 65533 * 6)
    losses[codes == 65535] = np.inf
    # numpy interpolates between two infinite numbers, too, and gets NaN.
    low, high = (np.quantile(losses, SHARES, axis=1, method=way) for way in ("lower", "higher"))
    weights = (SHARES * (n_trials - 1) % 1)[:, np.newaxis]
    with np.errstate(invalid="ignore"):
        expected = np.where(low == high, low, low + (high - low) * weights)
    np.testing.assert_allclose(quantiles(codes), expected, rtol=1e-9)
