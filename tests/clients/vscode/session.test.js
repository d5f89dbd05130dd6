// Sessions with `DebugClient`, the client that VS Code's own debug adapters are tested with.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { test } from 'node:test';
import testsupport from '@vscode/debugadapter-testsupport';
import { Program, SOURCE, line, ways } from './program.js';

const { DebugClient } = testsupport;

/** How long a session may take, in milliseconds; reached by a hang only. */
const LIMIT = 60_000;

/** Attaches; `configure` sends what comes before `configurationDone`. */
async function attach(program, configure) {
    const client = new DebugClient('', '', 'debugpy');
    client.defaultTimeout = LIMIT;
    const socket = createConnection(program.port, '127.0.0.1');
    await once(socket, 'connect');
    client.connect(socket, socket);
    client.closed = once(socket, 'close');
    const initialized = client.waitForEvent('initialized');
    const { body: capabilities } = await client.initializeRequest({
        clientID: 'vscode', adapterID: 'debugpy', pathFormat: 'path', linesStartAt1: true, columnsStartAt1: true,
        supportsVariableType: true, supportsVariablePaging: true,
    });
    assert.equal(capabilities.supportsConfigurationDoneRequest, true);
    // Answered after `configurationDone`.
    const attached = client.attachRequest({
        name: 'Attach', type: 'debugpy', request: 'attach', connect: { host: '127.0.0.1', port: program.port },
        justMyCode: true, redirectOutput: true,
    });
    await initialized;
    await configure(client);
    await client.configurationDoneRequest();
    await attached;
    return client;
}

/** Disconnects. A program that ends by itself may take the stream with it before it has answered. */
async function leave(client, terminateDebuggee = false) {
    await Promise.race([client.disconnectRequest({ terminateDebuggee }), client.closed]);
    await client.closed;
}

/** Sets breakpoints on the marked lines; all of them must be verified there. */
async function breakpoints(client, markers, more = {}) {
    const { body } = await client.setBreakpointsRequest({
        source: { path: SOURCE },
        breakpoints: markers.map(marker => ({ line: line(marker), ...more })),
    });
    assert.deepEqual(body.breakpoints.map(({ verified, line }) => [verified, line]), markers.map(marker => [true, line(marker)]));
}

/** Sends a request after which the program stops for `reason` at the marked line; returns the innermost frame and its thread. */
async function stop(client, reason, marker, request) {
    const stopped = client.waitForEvent('stopped');
    const [, frames] = await Promise.all([request(), client.assertStoppedLocation(reason, { path: SOURCE, line: line(marker) })]);
    const { body } = await stopped;
    return { frame: frames.body.stackFrames[0], frames: frames.body.stackFrames, threadId: body.threadId };
}

/** The locals of a frame by name. */
async function locals(client, frame) {
    const { body } = await client.scopesRequest({ frameId: frame.id });
    const scope = body.scopes.find(scope => scope.name === 'Locals');
    const { body: { variables } } = await client.variablesRequest({ variablesReference: scope.variablesReference });
    return Object.fromEntries(variables.map(variable => [variable.name, variable]));
}

async function evaluate(client, expression, frame, context = 'watch') {
    const { body } = await client.evaluateRequest({ expression, frameId: frame.id, context });
    return body.result;
}

for (const way of ways()) {
    const names = way === 'debugpy' ? 'a program that imports debugpy' : 'a program that imports dapstub';
    let program;

    async function running(task, session) {
        program = await Program.start(way, task);
        try {
            await session();
        } finally {
            program.kill();
            await program.ended;
        }
    }

    test(`${names}: breakpoint, stack, variables, evaluation, steps, the end`, { timeout: LIMIT }, () => running('price', async () => {
        const client = await attach(program, client => breakpoints(client, ['call']));
        const { frame, frames, threadId } = await stop(client, 'breakpoint', 'call', async () => program.go());
        assert.deepEqual(frames.map(frame => frame.name), ['price', 'main', '<module>']);
        const { body: { threads } } = await client.threadsRequest();
        assert.deepEqual(threads.filter(thread => thread.id === threadId).map(thread => thread.name), ['MainThread']);

        const { orders, order, sums } = await locals(client, frame);
        assert.equal(sums.value, '{}');
        assert.equal(orders.type, 'list');
        assert.equal(order.type, 'Order');
        const { body: { variables } } = await client.variablesRequest({ variablesReference: order.variablesReference });
        const members = Object.fromEntries(variables.map(variable => [variable.name, variable.value]));
        assert.equal(members.name, "'lamp'");
        assert.equal(members.count, '2');

        assert.equal(await evaluate(client, 'len(orders)', frame), '2');
        assert.equal(await evaluate(client, 'order.count = 3', frame, 'repl'), '');
        await assert.rejects(evaluate(client, 'nothing', frame), /NameError/);

        const inside = await stop(client, 'step', 'total', () => client.stepInRequest({ threadId }));
        assert.equal(inside.frame.name, 'total');
        await stop(client, 'step', 'call', () => client.stepOutRequest({ threadId }));
        const next = await stop(client, 'step', 'sum', () => client.nextRequest({ threadId }));
        assert.equal((await locals(client, next.frame)).total.value, "Decimal('59.70')");
        const { body } = await client.setVariableRequest({
            variablesReference: (await client.scopesRequest({ frameId: next.frame.id })).body.scopes[0].variablesReference,
            name: 'total', value: '1',
        });
        assert.equal(body.value, '1');

        const terminated = client.waitForEvent('terminated');
        await breakpoints(client, []);
        await Promise.all([client.continueRequest({ threadId }), client.assertOutput('stdout', 'priced 2\n'), terminated]);
        await leave(client);
        assert.equal(await program.end(), 0);
        assert.match(program.output, /^done$/m);
    }));

    test(`${names}: conditions, detaching, attaching again, pause`, { timeout: LIMIT }, () => running('price', async () => {
        let client = await attach(program, client => breakpoints(client, ['sum'], { condition: 'order.name == "desk"' }));
        const { frame } = await stop(client, 'breakpoint', 'sum', async () => program.go());
        assert.equal(await evaluate(client, 'sorted(sums)', frame), "['lamp']");
        await leave(client);
        // It runs on without its client.
        assert.equal(await program.end(), 0);

        program = await Program.start(way, 'price');
        client = await attach(program, async () => {});
        await leave(client);
        client = await attach(program, async () => {});
        await program.waiting;
        const { body: { threads } } = await client.threadsRequest();
        const paused = client.waitForEvent('stopped');
        await client.pauseRequest({ threadId: threads[0].id });
        const { body } = await paused;
        assert.equal(body.reason, 'pause');
        const { body: stack } = await client.stackTraceRequest({ threadId: threads[0].id });
        assert.ok(stack.stackFrames.some(frame => frame.name === 'main'));
        const terminated = client.waitForEvent('terminated');
        await client.continueRequest({ threadId: body.threadId });
        program.go();
        await terminated;
        await leave(client);
        assert.equal(await program.end(), 0);
    }));

    test(`${names}: an uncaught exception`, { timeout: LIMIT }, () => running('fail', async () => {
        const client = await attach(program, client => client.setExceptionBreakpointsRequest({ filters: ['uncaught'] }));
        const { frame, threadId } = await stop(client, 'exception', 'fail', async () => program.go());
        assert.equal(frame.name, 'fail');
        const { body } = await client.exceptionInfoRequest({ threadId });
        assert.equal(body.exceptionId, 'IndexError');
        assert.equal(body.breakMode, 'unhandled');
        assert.match(body.details.stackTrace, /in fail/);
        const terminated = client.waitForEvent('terminated');
        await client.continueRequest({ threadId });
        await terminated;
        await leave(client);
        assert.equal(await program.end(), 1);
        assert.match(program.errors, /^IndexError: list index out of range$/m);
    }));

    test(`${names}: the client ends it`, { timeout: LIMIT }, () => running('price', async () => {
        const client = await attach(program, async () => {});
        await leave(client, true);
        assert.notEqual(await program.end(), 0);
        assert.doesNotMatch(program.output, /priced/);
    }));
}
