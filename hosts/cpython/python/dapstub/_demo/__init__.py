"""``dapstub demo``: a small program debugged from start to end, with every step shown and checked."""


def main() -> int:
    """Runs the demonstration. The exit status is 0 only if everything that it shows was true."""
    from . import story
    from .report import Report

    report = Report()
    try:
        story.tell(report)
    except KeyboardInterrupt:
        return 130
    return report.conclude()
