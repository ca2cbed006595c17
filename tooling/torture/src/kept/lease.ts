import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { createFrameCounter, createLineCounter, frameOf } from "./frames.ts";
import type { FrameCounter } from "./frames.ts";
import type { Tenant } from "./tenant.ts";

/**
 * What the product gets in the place of a process that it started.
 *
 * @param end - called once, when the product ends it; clean: every request has its whole answer
 */
export function lend(tenant: Tenant, end: (isClean: boolean) => void): ChildProcess {
  const { child, kind } = tenant;
  const counter = (): FrameCounter =>
    kind.talk === "lines" ? createLineCounter() : createFrameCounter();
  const [asked, answered] = [counter(), counter()];
  let [requests, answers] = [0, 0];
  let isOver = false;
  const lease = new EventEmitter();
  const stdout = new PassThrough();
  const hear = (chunk: Buffer): void => {
    answers += answered.add(chunk).length;
    stdout.write(chunk);
  };
  const finish = (code: number | null, signal: string | null): void => {
    if (isOver) return;
    isOver = true;
    child.stdout.off("data", hear);
    child.off("exit", finish);
    hold(tenant, false);
    const isClean = requests === answers && asked.isBetween() && answered.isBetween();
    end(isClean && child.exitCode === null && child.signalCode === null);
    setImmediate(() => {
      stdout.end();
      lease.emit("exit", code, signal);
      lease.emit("close", code, signal);
    });
  };
  const send = (bytes: Buffer): void => {
    requests += asked.add(bytes).length;
    child.stdin.write(bytes);
  };
  const whole: Buffer[] = [];
  const stdin = new Writable({
    decodeStrings: true,
    write: (chunk: Buffer, _encoding, done) => {
      if (kind.isOneShot) whole.push(chunk);
      else send(chunk);
      done();
    },
    final: (done) => {
      if (kind.isOneShot) send(frameOf(Buffer.concat(whole)));
      else finish(0, null);
      done();
    },
  });
  hold(tenant, true);
  child.stdout.on("data", hear);
  child.on("exit", finish);
  return Object.assign(lease, {
    stdin,
    stdout,
    kill: (signal = "SIGTERM") => {
      finish(null, signal);
      return true;
    },
    ref: () => undefined,
    unref: () => undefined,
    // The product uses no more of a process than this.
  }) as unknown as ChildProcess;
}

/** While it is lent it keeps us alive: somebody waits for its answer. */
function hold({ child }: Tenant, isHeld: boolean): void {
  for (const one of [child, child.stdin, child.stdout]) {
    // Pipes of a child are sockets, which the stream types do not say.
    const handle = one as { ref?: () => void; unref?: () => void };
    if (isHeld) handle.ref?.();
    else handle.unref?.();
  }
}
