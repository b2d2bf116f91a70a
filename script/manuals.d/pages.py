"""Manual pages in mdoc(7) from what programs say about themselves: python3 pages.py DATE DIRECTORY PROGRAM...

A page for each program and for each of its subcommands, in section 8. Everything in them is what --help shows, most of
it from its structured form, --experimental-dump-help: descriptions, options with their defaults, subcommands. A
description is made of paragraphs with an empty line between them; lines that begin with blanks are shown as they are;
what stands behind a line that is one of the headings below goes into a section of that name.
"""

import datetime
import itertools
import json
import os
import re
import subprocess
import sys

SECTION = 8
# Longer terms than this stand on a line of their own.
COLUMN = 36
# The sections that a description may have at its end, in the order of mdoc(7), and whether theirs are lists of terms.
HEADINGS = {"Environment:": True, "Files:": True, "Exit status:": True, "Examples:": False}


def ask(program, *arguments):
    """What a program prints about itself, whatever the environment would make of its options."""
    return subprocess.run([program, *arguments], check=True, env={}, stdout=subprocess.PIPE, text=True).stdout


def escape(text):
    """Characters as they are: a hyphen and a quote are those of a command line, a dot in front is no request."""
    for character, name in {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"}.items():
        text = text.replace(character, name)
    return re.sub(r"^\.", r"\&.", text)


def word(text):
    """The argument of a macro, which is not taken for another macro."""
    text = escape(text).replace('"', r"\(dq")
    return rf"\&{text}" if re.fullmatch(r"[A-Z%][a-z0-9]", text) or not text[0].isalnum() else text


def usage_lines(usage):
    """The forms of a command line, from the words behind USAGE."""
    for form in usage.splitlines():
        program, *rest = re.findall(r"\s*(?:[][|]|\.\.\.|--?[\w-]*|<[^>]+>|[^][|\s.]+)", form.strip())
        yield f".Nm {word(program)}"
        depth, line = 0, []
        for token in rest:
            if depth == 0 and token[0].isspace() and line:
                yield "." + " ".join(line)
                line = []
            depth += {"[": 1, "]": -1}.get(token.strip(), 0)
            line.append(usage_macro(token))
        if line:
            yield "." + " ".join(line)


def usage_macro(token):
    text = token.strip()
    if text in "[]":
        return "Oo" if text == "[" else "Oc"
    glue = "" if token[0].isspace() else "Ns "
    if text.startswith("--") and len(text) > 2:
        return f"{glue}Fl {word(text[1:])}"
    if text.startswith("<") or text.isupper():
        return f"{glue}Ar {word(text.strip('<>').lower())}"
    return f"{glue}{'Cm' if text.isalpha() else 'No'} {word(text)}"


def paragraphs(text):
    """The paragraphs of a description, each a list of lines."""
    lines = text.splitlines()
    return [list(group) for filled, group in itertools.groupby(lines, key=lambda line: bool(line.strip())) if filled]


def body(groups, is_list):
    """Paragraphs and lines that are shown as they are; in a list of terms these are the terms."""
    for number, group in enumerate(groups):
        if number and not group[0].startswith("  "):
            yield ".Pp"
        for literal, lines in itertools.groupby(group, key=lambda line: line.startswith("  ")):
            if not literal:
                yield from prose(lines)
            elif is_list:
                yield from terms(lines)
            else:
                yield from [".Bd -literal -offset 2n", *map(escape, dedented(list(lines))), ".Ed"]


def prose(lines):
    """Text to be filled: each sentence on a line of its own, as mdoc(7) wants it, and no name divided at an end."""
    sentences = re.sub(r"([.?!][)']*) +", r"\1\n", " ".join(lines)).splitlines()
    return (re.sub(r"(?<!\S)(?=\S*(?:[/_\"-]|\.\S))", r"\%", escape(sentence)) for sentence in sentences)


def dedented(lines):
    margin = min(len(line) - len(line.lstrip()) for line in lines)
    return [line[margin:] for line in lines]


def terms(lines):
    """A list: the term, two blanks, what it is; the lines that begin further to the right go on."""
    lines = dedented(list(lines))
    longest = max((line.partition("  ")[0] for line in lines if not line.startswith(" ")), key=len)
    yield f".Bl -tag -compact -width {word(longest) if len(longest) < COLUMN else 'Ds'}"
    for line in lines:
        if line.startswith(" "):
            yield from prose([line.strip()])
        else:
            term, _, explanation = line.partition("  ")
            yield from [f".It {marked(term)}", *prose([explanation.strip()])]
    yield ".El"


def marked(term):
    return f"{'Ev' if term.isupper() else 'Pa' if term.startswith('/') else 'Li'} {word(term)}"


def described(argument):
    """What --help says of an option or argument."""
    yield from prose([argument["abstract"]])
    values = "values: " + ", ".join(argument["allValues"]) if argument.get("allValues") else ""
    default = f"default: {argument['defaultValue']}" if argument.get("defaultValue") else ""
    if values or default:
        yield from prose([f"({'; '.join(filter(None, [values, default]))})"])
    if argument.get("discussion"):
        yield ".Pp"
        yield from body(paragraphs(argument["discussion"]), False)


def item(argument):
    names = [("-" if name["kind"] == "long" else "") + name["name"] for name in argument.get("names", [])]
    value = "Ar " + word(argument["valueName"]) if argument["kind"] != "flag" else ""
    if argument["kind"] == "positional":
        behind = r"Fl \- " if argument["parsingStrategy"] == "postTerminator" else ""
        return f".It {behind}{value}{' ...' if argument['isRepeating'] else ''}"
    return ".It " + " , ".join(f"Fl {word(name)}" for name in sorted(names, key=len)) + (value and " " + value)


def sections(text):
    """The description itself, and the sections at its end by their headings."""
    found = {"": []}
    heading = ""
    for group in paragraphs(text):
        if group[0] in HEADINGS:
            heading = group.pop(0)
            found[heading] = []
        if group:
            found[heading].append(group)
    return found


def name(command):
    return "-".join([*command.get("superCommands", []), command["commandName"]])


def subcommands(command):
    """Those of its own: `help` is the same as --help."""
    return [sub for sub in command.get("subcommands", []) if sub["commandName"] != "help"]


def references(names):
    *others, last = names
    yield from (f".Xr {other} {SECTION} ," for other in others)
    yield f".Xr {last} {SECTION}"


def page(command, usage, date, others):
    """The page of a command; `others` are the pages that its readers may want."""
    found = sections(command.get("discussion", ""))
    abstract = command["abstract"].rstrip(".")
    yield f".Dd {date:%B} {date.day}, {date.year}"
    yield f".Dt {name(command).upper()} {SECTION}"
    yield ".Os middle-sock"
    yield from [".Sh NAME", f".Nm {word(name(command))}", f".Nd {escape(abstract[0].lower() + abstract[1:])}"]
    yield ".Sh SYNOPSIS"
    yield from [".Bk -words", *usage_lines(usage), ".Ek"]
    yield ".Sh DESCRIPTION"
    yield from body(found.pop("") or [[command["abstract"]]], False)
    yield from [".Sh OPTIONS", ".Bl -tag -width Ds"]
    for argument in sorted(command["arguments"], key=lambda argument: argument["kind"] != "positional"):
        yield from [item(argument), *described(argument)]
    yield ".El"
    if subcommands(command):
        yield from [".Sh SUBCOMMANDS", ".Bl -tag -width Ds"]
        for sub in subcommands(command):
            yield from [f".It Cm {word(sub['commandName'])}", escape(sub["abstract"])]
            yield from ["See", f".Xr {name(sub)} {SECTION} ."]
        yield ".El"
    for heading in filter(found.__contains__, HEADINGS):
        yield f".Sh {heading.rstrip(':').upper()}"
        yield from body(found[heading], HEADINGS[heading])
    yield ".Sh SEE ALSO"
    yield from references(sorted(others))


def write_pages(directory, date, program, command, programs):
    """The pages of a command and of its subcommands."""
    path = [*command.get("superCommands", []), command["commandName"]]
    usage = re.search(r"^USAGE: ((?:.+\n)+)", ask(program, *path[1:], "--help"), re.MULTILINE)[1]
    others = {*programs, *map(name, subcommands(command)), *path[:1]} - {name(command)}
    with open(os.path.join(directory, f"{name(command)}.{SECTION}"), "w", encoding="ascii") as file:
        file.writelines(line + "\n" for line in page(command, usage, date, others))
    for sub in subcommands(command):
        write_pages(directory, date, program, sub, programs)


def main(date, directory, *programs):
    for program in programs:
        command = json.loads(ask(program, "--experimental-dump-help"))["command"]
        names = [os.path.basename(program) for program in programs]
        write_pages(directory, datetime.date.fromisoformat(date), program, command, names)


if __name__ == "__main__":
    main(*sys.argv[1:])
