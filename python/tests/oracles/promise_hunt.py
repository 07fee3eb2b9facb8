"""Ask random requests in processes of their own: whether what they promise is so, and in time.

`promise_hunt.py FIRST COUNT [--channels] [--out FOLDER] [--minutes M]` writes what is wrong into the folder.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import promises
from promise import Known, Unknown, World

Asked = dict[str, Any]
EFFORT = 1
"""How hard kept figures are drawn."""
LARGEST_ERROR = 1e-4
PROGRAM = os.environ.get("BACKCAST_ASK", "")
"""A program that answers a request on its standard input; without one, this package does."""
INSIDE = [sys.executable, "-c", "import json, sys, backcast; print(json.dumps(backcast.answer(json.load(sys.stdin))))"]
SECONDS = int(os.environ.get("BACKCAST_SECONDS", "10"))
LIMITED = ["bash", "-c", f'ulimit -t {SECONDS}; exec "$@"', "bash"]


def ask(request: Asked) -> tuple[Asked, float, float]:
    """Answer in a child: what it says (or how it died), seconds of processor time, megabytes."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as trouble:
        given.write(json.dumps(request).encode())
        given.seek(0)
        command = [*LIMITED, *([PROGRAM] if PROGRAM else INSIDE)]
        child = subprocess.Popen(command, stdin=given, stdout=out, stderr=trouble)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = status
        out.seek(0)
        trouble.seek(0)
        text, said = out.read(), trouble.read().decode(errors="replace").strip()
    if os.WIFSIGNALED(status):
        late = os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}
        answer: Asked = {"died": f"stopped after {SECONDS} s" if late else f"signal {os.WTERMSIG(status)}"}
    else:
        answer = {"died": said[-300:]} if status or not text else json.loads(text)
    return answer, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def judge(number: int, channels: bool = False) -> Asked:
    """Find what is wrong with one answer, if anything."""
    request = promises.request(number, channels=channels)
    answer, seconds, megabytes = ask(request)
    found: Asked = {"number": number, "regime": promises.regime(request), "request": request}
    found |= {"seconds": round(seconds, 3), "megabytes": round(megabytes), "wrong": []}
    if "died" in answer:
        found["wrong"].append(answer["died"])
        return found
    # What starts Python is not the answer's.
    if seconds > (1 if PROGRAM else 1.5):
        found["wrong"].append("slow")
    if megabytes > 500:
        found["wrong"].append("large")
    if "error" in answer:
        found["refused"] = answer["error"]["kind"]
        return found
    plan = answer["plan"]
    # The plan's own numbers are of its own rates, where it has some; with channels the mix is compared.
    of = plan["channels"]["cheapest"] if channels else plan
    found |= {"stated": of["probability"] if of else None, "error": plan["probability_error"]}
    if found["error"] is not None and found["error"] > LARGEST_ERROR:
        found["wrong"].append("error above 1e-4")
    if found["error"] is not None and found["stated"] is not None:
        try:
            compare(found, request, plan, channels)
        except Unknown as why:
            found["unknown"] = str(why)
    return found


def compare(found: Asked, request: Asked, plan: Asked, channels: bool) -> None:
    """Work the probability out anew, and whether one lead less is too few."""
    if channels and (float(request["shared_shock"]) > 0 or ("rates" not in request and "pipeline" in request)):
        return
    leads: Any = plan["planned"]
    if channels:
        by = {row["channel"]: row["leads"] for row in plan["channels"]["cheapest"]["leads"]}
        leads = [by.get(one["channel"], 0) for one in request["channels"]]
    began, world = time.process_time(), World(request)

    def off(known: Known, errors: float) -> bool:
        return bool(abs(known.value - found["stated"]) > found["error"] + errors * known.error + 1e-9)

    known = world.at_least(leads)
    if off(known, 2.5):
        # Chance, or a fault: drawn again, and eight times as often.
        known = world.at_least(leads, seed=2, effort=1)
    found |= {"oracle": known.value, "se": known.error, "planned": plan["planned"]}
    found["oracle_seconds"] = round(time.process_time() - began, 2)
    if off(known, 4):
        found["wrong"].append("P beyond its error")
    least, confidence = plan["stages"][0]["needed"], request["goal"].get("confidence")
    if confidence and not channels and least and known.error < 1e-6:
        fewer = world.at_least(least - 1)
        if fewer.value >= confidence + found["error"] + 4 * fewer.error:
            found["wrong"].append("needed is not the least")


def kinds(found: Asked) -> list[str]:
    """Name what became of a request."""
    if found["wrong"]:
        return list(found["wrong"])
    if "refused" in found:
        return [f"refused: {found['refused']}"]
    if "unknown" in found:
        return [f"not worked out: {found['unknown']}"]
    return ["right" if "oracle" in found else "in time, not compared"]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("first", type=int)
    parser.add_argument("count", type=int)
    parser.add_argument("--channels", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--minutes", type=float, default=1e9)
    args = parser.parse_args()
    began, all_of = time.time(), []
    for number in range(args.first, args.first + args.count):
        found = judge(number, args.channels)
        all_of.append(found)
        if found["wrong"]:
            seen = {key: found.get(key) for key in ("stated", "error", "oracle", "se", "seconds", "megabytes")}
            print(
                f"[{time.time() - began:.0f} s] {number} {found['regime']}: {'; '.join(found['wrong'])} {seen}",
                flush=True,
            )
            if args.out:
                name = f"{'c' if args.channels else ''}{number:06}.json"
                (args.out / name).write_text(json.dumps(found, indent=1))
        if time.time() - began > 60 * args.minutes:
            break
    groups = defaultdict(list)
    for found in all_of:
        for kind in kinds(found):
            groups[kind].append(found["number"])
    slowest, largest = (max(all_of, key=lambda found: found[key]) for key in ("seconds", "megabytes"))
    print(
        f"{len(all_of)} requests in {time.time() - began:.0f} s; slowest {slowest['number']}: {slowest['seconds']} s,"
    )
    print(f"largest {largest['number']}: {largest['megabytes']} MB")
    for kind, numbers in sorted(groups.items()):
        print(f"  {kind}: {len(numbers)} {numbers[:12]}")
    return int(any(found["wrong"] for found in all_of))


if __name__ == "__main__":
    sys.exit(main())
