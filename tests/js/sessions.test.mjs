// What views share is opened once, and closed a while after the last of them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Sessions } from "../../nfviz/widgets/static/store/sessions.js";
import { stopClock } from "./fake_model.mjs";

function counted() {
  const sessions = new Sessions();
  const told = [];
  let made = 0;
  const open = () => {
    const shared = ++made;
    told.push(`open ${shared}`);
    return { shared, close: () => told.push(`close ${shared}`) };
  };
  return { join: (key) => sessions.join(key, open), sessions, told };
}

test("views of one selection share, views of two do not", () => {
  const { join } = counted();
  assert.equal(join("a").shared, join("a").shared);
  assert.notEqual(join("a").shared, join("b").shared);
});

test("a session ends five seconds after its last view, and then begins anew", (t) => {
  const pass = stopClock(t);
  const { join, told } = counted();
  const [one, two] = [join("a"), join("a")];
  one.leave();
  pass(6000);
  two.leave();
  pass(4999);
  assert.deepEqual(told, ["open 1"]);
  pass(1);
  assert.deepEqual(told, ["open 1", "close 1"]);
  assert.equal(join("a").shared, 2);
});

test("a view that comes back in time finds what it left", (t) => {
  const pass = stopClock(t);
  const { join, told } = counted();
  join("a").leave();
  pass(3000);
  const again = join("a");
  pass(60_000);
  assert.deepEqual(told, ["open 1"]);
  again.leave();
  pass(5000);
  assert.deepEqual(told, ["open 1", "close 1"]);
});

test("who leaves twice has left once", (t) => {
  const pass = stopClock(t);
  const { join, told } = counted();
  const [one, two] = [join("a"), join("a")];
  one.leave();
  one.leave();
  pass(60_000);
  assert.deepEqual(told, ["open 1"]);
  two.leave();
  pass(5000);
  assert.deepEqual(told, ["open 1", "close 1"]);
});

test("what could not be opened is not kept", () => {
  const { join, sessions } = counted();
  assert.throws(() => sessions.join("a", () => { throw new Error("another version"); }), /another version/);
  assert.equal(join("a").shared, 1);
});
