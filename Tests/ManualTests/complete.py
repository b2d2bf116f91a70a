"""What bash completes, one a line: python3 complete.py SHARE PROGRAMS LINE, as if TAB were pressed behind the line.

SHARE has bash-completion/completions in it, PROGRAMS is the directory of the programs. Bash believes that somebody
types on a terminal: M-* puts all completions into the line, and what is then put in front of it prints its words.
"""

import os
import pty
import sys

PROMPT = b"what next? "
MARK = "completed: "


def start(share, programs):
    process, terminal = pty.fork()
    if process == 0:
        os.execve("/bin/bash", ["bash", "--noprofile", "--norc", "-i"], {
            "HOME": "/nonexistent", "INPUTRC": "/dev/null", "PATH": f"{programs}:/usr/bin:/bin",
            "PS1": PROMPT.decode(), "TERM": "dumb", "XDG_DATA_DIRS": share})
    return process, terminal


def read_prompt(terminal):
    said = b""
    while not said.endswith(PROMPT):
        said += os.read(terminal, 65536)


def read_rest(terminal):
    said = b""
    try:
        while True:
            said += os.read(terminal, 65536)
    except OSError:
        # EIO: the last who had the terminal open has ended.
        return said.decode()


def completions(share, programs, line):
    process, terminal = start(share, programs)
    read_prompt(terminal)
    os.write(terminal, b". /usr/share/bash-completion/bash_completion\r")
    read_prompt(terminal)
    os.write(terminal, line.encode() + b"\x1b*\x01printf '" + MARK.encode() + b"%s\\n' \rexit\r")
    said = read_rest(terminal)
    os.waitpid(process, 0)
    words = [row.removeprefix(MARK).rstrip("\r") for row in said.split("\n") if row.startswith(MARK)]
    typed = line.split(" ")
    # Where there is nothing to complete, the last word is as it was typed.
    return [word for word in words[len(typed) - 1:] if word != typed[-1]]


if __name__ == "__main__":
    print(*completions(*sys.argv[1:]), sep="\n")
