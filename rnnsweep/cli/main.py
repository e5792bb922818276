"""The command line's entry: run a command, say what went wrong, and exit with a code."""

import io
import sys

import click

from rnnsweep import exit_codes
from rnnsweep.errors import RnnsweepError

from .commands import cli
from .completion import COMPLETE_VARIABLE
from .ending import explanation
from .streams import complain, drop_output, plain_warnings, usable_streams


def main(args: list[str] | None = None) -> None:
    """Run the command line, and exit with a code of `rnnsweep.exit_codes`, 0 for success.

    `args` are the words after the program's name; those of this process if left out.
    """
    with usable_streams(), plain_warnings():
        code = _exit_code(args)
    sys.exit(code)


def _exit_code(args: list[str] | None) -> int:
    """Run the command line, say what went wrong, and return the exit code."""
    try:
        code: int | None = cli.main(
            args,
            prog_name="python -m rnnsweep",
            complete_var=COMPLETE_VARIABLE,
            standalone_mode=False,
        )
        sys.stdout.flush()  # Python does it at its end, too late for an exit code
    except click.exceptions.NoArgsIsHelpError as help_page:
        complain(help_page.format_message())
        code = exit_codes.WRONG_INPUT
    except click.ClickException as error:
        page = io.StringIO()
        error.show(page)
        complain(page.getvalue().rstrip("\n"))
        code = error.exit_code
    except RnnsweepError as error:
        complain(f"rnnsweep: {error}")
        code = error.exit_code
    except click.Abort as error:  # Ctrl-C; its cause is the one that was raised
        complain(f"\nrnnsweep: {str(error.__cause__ or '') or 'interrupted'}")
        code = exit_codes.INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of standard output has gone (`| head`), which is no failure. click and rich
        # end themselves with SystemExit then, and nothing else here does.
        drop_output()
        code = 0
    except OSError as error:
        complain(f"rnnsweep: {explanation(error)}")
        code = exit_codes.RESULTS
    return code or 0
