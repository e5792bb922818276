"""Texts: read for a sweep and for predictions."""

from data_cases import SOUND, check_all

from . import scratch

SEEDS = [content for name, content in SOUND.items() if name.split(",")[0] == "text"]


def target(content):
    check_all(scratch.folder(), "text", content)
