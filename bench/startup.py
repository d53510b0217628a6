#!/usr/bin/env python3
"""startup.py [ROUNDS]: from the start of the process to the first detection, and resident memory, of the program as .NET's compiler makes
it while it runs (JIT), compiled ahead (ReadyToRun, as in the packages) and compiled ahead altogether (Native AOT).

The builds take turns, so that whatever else the machine does meets them alike; the table holds medians. Processor time is of all threads
and depends least on other programs. The daemon's memory is that after 100 frames, the command's its peak."""
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FOLDER = os.path.join(ROOT, "artifacts", "startup")
BUILDS = {
    "JIT": [],
    "ReadyToRun": ["-p:PublishReadyToRun=true"],
    "Native AOT": ["-p:PublishAot=true", "-p:TreatWarningsAsErrors=false"],
}
FRAMES = 100


def publish(name, options):
    folder = os.path.join(FOLDER, name.replace(" ", ""))
    command = ["dotnet", "publish", os.path.join(ROOT, "src/EdgeRuntime"), "--configuration", "Release", "--runtime", "linux-x64",
               "--self-contained", "true", "--output", folder, "--verbosity", "quiet", "-p:DebugType=none", *options]
    made = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if made.returncode == 0:
        return os.path.join(folder, "edgecnn")
    error = next((line for line in made.stdout.splitlines() if ": error" in line), made.stdout[-300:])
    print(f"{name} does not build: {error}", file=sys.stderr)
    return None


def start(program, arguments):
    return time.monotonic(), subprocess.Popen([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def detect(program, picture):
    started, process = start(program, ["detect", picture, "--model", "arena.int8", "--json"])
    if '"class"' not in process.stdout.readline():
        return None
    first = time.monotonic() - started
    _, _, used = os.wait4(process.pid, 0)
    return first * 1e3, (used.ru_utime + used.ru_stime) * 1e3, used.ru_maxrss / 1024


def watch(program, source):
    started, process = start(program, ["run", f"--Camera:Source={source}", "--Model:Path=arena.int8", "--Link:Port=virtual", "--Output:Json=-"])
    first = used = memory = None
    for frame, line in enumerate(process.stdout):
        if first is None and '"class"' in line:
            first = time.monotonic() - started
            with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
                used = sum(int(ticks) for ticks in file.read().rpartition(")")[2].split()[11:13]) / os.sysconf("SC_CLK_TCK")
        if frame == FRAMES:
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                memory = int(re.search(r"VmRSS:\s+(\d+)", file.read())[1]) / 1024
            break
    process.terminate()
    process.stdout.read()
    process.wait()
    return None if first is None or memory is None else (first * 1e3, used * 1e3, memory)


def measure(programs, rounds):
    with tempfile.TemporaryDirectory() as work:
        drawn, film = os.path.join(work, "drawn"), os.path.join(work, "arena.mp4")
        for arguments in (["--out", drawn, "--count", "1"], ["--out", film, "--count", "300"]):
            subprocess.run([programs["JIT"], "scenes", "--seed", "3", *arguments], check=True, stdout=subprocess.DEVNULL)
        cases = {
            "`detect`, one picture": lambda program: detect(program, os.path.join(drawn, "images", "000000.png")),
            "daemon, drawn camera": lambda program: watch(program, "synthetic:3"),
            "daemon, film": lambda program: watch(program, film),
        }
        results = {(case, name): [] for case in cases for name in programs}
        for _ in range(rounds):
            for (case, name), seen in results.items():
                seen.append(cases[case](programs[name]))
    print("| | build | first detection, ms (best) | processor ms until then | MB |")
    print("|---|---|---|---|---|")
    for (case, name), seen in results.items():
        complete = [measured for measured in seen if measured]
        if not complete:
            print(f"| {case} | {name} | none | | |")
            continue
        first, used, memory = (statistics.median(column) for column in zip(*complete))
        print(f"| {case} | {name} | {first:.0f} ({min(complete)[0]:.0f}) | {used:.0f} | {memory:.0f} |")


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    measure({name: program for name, options in BUILDS.items() if (program := publish(name, options))}, rounds)


if __name__ == "__main__":
    main()
