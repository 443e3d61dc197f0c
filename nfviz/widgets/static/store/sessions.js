// @ts-check
// What views share, as long as one of them is there.

/** Time in milliseconds for which a session without views is kept: outputs are moved about. */
const GRACE = 5000;

/** Sessions by key: opened for the first view, closed a while after the last. */
export class Sessions {
  constructor() {
    /** @type {Map<string, {shared: any, close: () => void, users: number}>} */
    this._open = new Map();
  }

  /**
   * Join a session, or open it.
   * @param {string} key
   * @param {() => {shared: any, close: () => void}} open
   * @returns {{shared: any, leave: () => void}}
   */
  join(key, open) {
    let session = this._open.get(key);
    if (!session) this._open.set(key, (session = { ...open(), users: 0 }));
    const joined = session;
    joined.users++;
    let here = true;
    const leave = () => {
      if (!here) return;
      here = false;
      joined.users--;
      setTimeout(() => this._closeUnused(key, joined), GRACE);
    };
    return { shared: joined.shared, leave };
  }

  _closeUnused(key, session) {
    if (session.users || this._open.get(key) !== session) return;
    this._open.delete(key);
    session.close();
  }
}
