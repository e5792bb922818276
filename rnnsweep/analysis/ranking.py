"""Scores of trials from their outcomes, by the rule of `rnnsweep.store.rank`."""

from rnnsweep.store.rank import Ranking, problem_settings, rank

from .outcomes import Outcomes, codes_of


def ranking_of(outcomes: Outcomes) -> Ranking:
    """Return what trials are ranked by; problems differ where the settings in `outcomes` do."""
    problem = [outcomes.settings[name] for name in problem_settings(outcomes.settings)]
    return rank(
        outcomes.status,
        outcomes.numbers["best_val_loss"],
        outcomes.numbers["baseline"],
        codes_of(problem, len(outcomes)).tolist(),
    )
