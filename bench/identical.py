"""Link a million reports that are one: CPU seconds and the most memory, beside reading the lines alone.

python -m bench.identical [COUNT]
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

TEXT = "Two men were shot on Maple Street in Springfield on Tuesday night, police said. Maria Walker, 34, was taken to hospital."
ALONE = "import json,sys\nfor line in open(sys.argv[1]): json.loads(line)"


def spent(*words: str, out: Path) -> float:
    """Run a command with its output in a file; gives its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with out.open("w") as file:
        subprocess.run([sys.executable, *words], stdout=file, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(count: int) -> int:
    """Measure both and print the ratio; 1 where the reports are not one incident."""
    with tempfile.TemporaryDirectory() as folder:
        reports, out = Path(folder) / "in.jsonl", Path(folder) / "out.jsonl"
        with reports.open("w") as file:
            for number in range(count):
                file.write(json.dumps({"id": number, "text": TEXT, "published": "2016-05-10"}) + "\n")
        alone = spent("-c", ALONE, str(reports), out=out)
        linked = spent("-m", "plumbline.cli", "link", str(reports), "--json", out=out)
        with out.open() as file:
            incidents = {json.loads(line)["incident"] for line in file}
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    print(json.dumps({"reports": count, "incidents": len(incidents), "cpu_s": round(linked, 1),
                      "reading_alone_cpu_s": round(alone, 1), "most_mb": most}))  # fmt: skip
    return len(incidents) != 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 1_000_000))
