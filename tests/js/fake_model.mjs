// What stands in for the model of a widget in a notebook, and for the clock.

/** A model as Backbone has it; `messages` are what would reach the kernel. */
export class FakeModel {
  constructor(values = {}) {
    this.values = new Map(Object.entries(values));
    this.listeners = new Map();
    this.unsaved = {};
    this.messages = [];
    this.sent = [];
    this.comm_live = true;
  }

  get(name) {
    return this.values.get(name);
  }

  /** Set a value in the page: it is sent when it is saved. */
  set(name, value) {
    this.unsaved[name] = value;
    this.hear(name, value);
  }

  /** Take a value that the kernel sent. */
  hear(name, value) {
    if (JSON.stringify(this.values.get(name)) === JSON.stringify(value)) return;
    this.values.set(name, value);
    this.trigger(`change:${name}`);
  }

  save_changes() {
    this.messages.push(this.unsaved);
    this.unsaved = {};
  }

  on(event, f) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event).add(f);
  }

  off(event, f) {
    this.listeners.get(event)?.delete(f);
  }

  trigger(event, ...given) {
    for (const f of [...(this.listeners.get(event) ?? [])]) f(...given);
  }

  send(content) {
    this.sent.push(content);
  }

  /** How many listen. */
  get heard() {
    return [...this.listeners.values()].reduce((count, each) => count + each.size, 0);
  }
}

/** Stop the clock of a test. @returns {(milliseconds: number) => void} Lets it go on. */
export function stopClock(t) {
  let now = 1000;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  t.mock.method(performance, "now", () => now);
  return (milliseconds) => {
    now += milliseconds;
    t.mock.timers.tick(milliseconds);
  };
}
