// @ts-check
export function toAddress() { return "#"; }
export function fromAddress() { return {}; }
