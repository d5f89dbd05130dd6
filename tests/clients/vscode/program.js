// A Python program under dapstub, and the places in its source.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const SOURCE = fileURLToPath(new URL('../orders.py', import.meta.url));

/** The line that ends with the comment `# marker`, counted from 1. */
export function line(marker) {
    const lines = readFileSync(SOURCE, 'utf8').split('\n');
    const found = lines.flatMap((text, index) => (text.endsWith(`  # ${marker}`) ? [index + 1] : []));
    if (found.length !== 1) {
        throw new Error(`${found.length} lines are marked ${marker}`);
    }
    return found[0];
}

/** The command line of Python: `DAPSTUB_CLIENT_PYTHON`, a JSON list of words. */
function python() {
    return JSON.parse(process.env.DAPSTUB_CLIENT_PYTHON ?? '["python3"]');
}

/** The ways in which a program comes to its debugger, to be tried in turn: `DAPSTUB_CLIENT_WAYS`, separated by blanks. */
export function ways() {
    return (process.env.DAPSTUB_CLIENT_WAYS ?? 'dapstub debugpy').split(' ');
}

/** `orders.py`, running. */
export class Program {
    static async start(way, task) {
        const [executable, ...words] = python();
        const program = new Program();
        program.process = spawn(executable, [...words, '-u', SOURCE, way, task], { stdio: 'pipe' });
        program.output = '';
        program.errors = '';
        program.process.stderr.on('data', data => (program.errors += data));
        program.ended = once(program.process, 'close');
        // Fulfilled when it waits in `main`.
        program.waiting = new Promise(resolve => (program.waits = resolve));
        program.port = await new Promise((resolve, reject) => {
            createInterface(program.process.stdout).on('line', text => {
                program.output += `${text}\n`;
                if (text === 'waiting') {
                    program.waits();
                }
                const port = /^listening (\d+)$/.exec(text);
                if (port) {
                    resolve(Number(port[1]));
                }
            });
            program.ended.then(() => reject(new Error(`it ended before it listened:\n${program.errors}`)));
        });
        return program;
    }

    /** Lets it begin to price. */
    go() {
        this.process.stdin.write('go\n');
    }

    /** Waits for its end, and returns the exit status. */
    async end() {
        const [status] = await this.ended;
        return status;
    }

    kill() {
        this.process.kill('SIGKILL');
    }
}
