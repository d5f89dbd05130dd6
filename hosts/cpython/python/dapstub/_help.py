"""The texts of the command line."""

USAGE = """\
usage: dapstub [--listen | --connect] [HOST:]PORT [OPTIONS] FILE | -m MODULE | -c CODE [ARGS]
       dapstub --config FILE [OPTIONS] FILE | -m MODULE | -c CODE [ARGS]
       dapstub [--listen | --connect] [HOST:]PORT [OPTIONS] --pid PID
       dapstub demo
       dapstub --version | --help
"""

HELP = (
    USAGE
    + """
Runs a Python program that an editor can attach to, by the Debug Adapter Protocol.
The program sees its own arguments, output and exit status, as under python itself.

the program:
  FILE                  a file, or a folder or zip file with a __main__.py
  -m MODULE             a module, as in python -m
  -c CODE               a text, as in python -c
  --pid PID             a program that runs already; both sides need the same Python, 3.14 or newer
  ARGS                  everything that follows belongs to the program

the debugger (one of --config, --listen and --connect must be given):
  --config FILE         take host, port, start, wait and the rest from the debugpy: block of this YAML file;
                        with start: false nothing is opened until the program calls dapstub.start()
  --listen [HOST:]PORT  listen here, whatever the file says about host, port and start; the host is 127.0.0.1
                        unless given; port 0 takes a free one and prints it on standard error;
                        unix:PATH is a Unix socket for the user of the program alone
  --connect [HOST:]PORT connect to an editor that waits here ("listen" in its launch.json)
  --wait-for-client     hold the program until an editor has attached, whatever the file says about wait
  --arm SIGNAL          open nothing before this signal comes (USR1, or its number)
  --configure-subProcess true|false
                        whether child processes are debugged as well; true unless given
  --as-debugpy          let "import debugpy" mean dapstub, in the program and in its child processes
                        (the environment variable DAPSTUB_AS_DEBUGPY=1 does the same)

who may debug, and how far, whatever the file says:
  --allow NETWORK       take connections from this address or network only (10.0.0.0/8); may be repeated
  --token-file FILE     let only those attach who give the first line of this file as "token" in their launch.json
                        (there is no option for the token itself: every user of a machine can read command lines)
  --no-evaluate         look, but don't touch: nothing is evaluated or changed for a client

other:
  demo                  debug a small program from start to end, and show each step
  --log-to DIR          say what the debugger does, in files in this folder (also: DEBUGPY_LOG_DIR)
  --log-to-stderr       the same on standard error
  -V, --version         print the version
  -h, --help            print this text

for editors that were made for debugpy:
  --adapter-access-token TOKEN, --parent-session-pid PID (with --connect), --configure-qt NAME,
  --disable-sys-remote-exec, --linux-attach-prefer-lldb

DEBUGPY_EXTRA_ARGV may hold more options; those of the command line count more. Where DEBUGPY_RUNNING is "true" the
program runs without a debugger of its own. DEBUGPY_ADAPTER_ENDPOINTS names a file that says where it listens.

Whoever reaches the port can run code in the program: keep it on 127.0.0.1, or behind a tunnel.
"""
)

# What has to follow an option.
WANTED = {
    "--config": "the path of a YAML file",
    "--listen": "[HOST:]PORT",
    "--connect": "[HOST:]PORT",
    "--arm": "the name or number of a signal",
    "--allow": "an IP address or a network",
    "--token-file": "the path of a file",
    "--log-to": "the path of a folder",
    "--adapter-access-token": "a token",
    "--parent-session-pid": "the number of a process",
    "--pid": "the number of a process",
    "--configure-qt": "the name of a toolkit",
    "--configure-subProcess": "true or false",
    "-m": "the name of a module",
    "-c": "a program text",
    "--": "a FILE",
}
