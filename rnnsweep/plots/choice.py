"""The settings that a user names for a picture, in place of those that it chooses itself."""

from collections.abc import Iterable, Sequence

from rnnsweep.errors import SweepError
from rnnsweep.suggestions import allowed

from .setting import Setting
from .study import Study


def setting_named(study: Study, name: str, argument: str) -> Setting:
    """Return the setting of this name that varies in a study.

    Parameters
    ----------
    study : Study
    name : str
    argument : str
        Which argument of a picture has the name, for the message.

    Raises
    ------
    SweepError
        If no setting of this name varies.
    """
    setting = study.setting(name) if isinstance(name, str) else None
    if setting is not None:
        return setting
    names = list(study.exact)
    if not names:
        raise SweepError(f"{argument} is {name!r}, but no setting varies in these results")
    raise SweepError(
        f"{argument} is {name!r}, which is no setting that varies in these results; "
        f"{allowed(name, names)}"
    )


def settings_named(
    study: Study, names: str | Sequence[str], argument: str, roles: Sequence[str] | None = None
) -> list[Setting]:
    """Return the settings of these names, each once and in this order.

    Parameters
    ----------
    study : Study
    names : str or sequence of str
    argument : str
        Which argument of a picture has the names, for the message.
    roles : sequence of str, optional
        What the settings are for, if their number is limited.

    Raises
    ------
    SweepError
        If one of them does not vary, or there are more of them than roles.
    """
    if not isinstance(names, Iterable):
        raise SweepError(f"{argument} is {names!r}; allowed: the name of a setting, or several")
    different = list(dict.fromkeys([names] if isinstance(names, str) else names))
    settings = [setting_named(study, name, argument) for name in different]
    if roles is not None and len(settings) > len(roles):
        raise SweepError(
            f"{argument} names {len(settings)} settings; allowed: {len(roles)}, for "
            f"{' and '.join(roles)}"
        )
    return settings
