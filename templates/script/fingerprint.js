// The ids of findings, worked out as the program does: the first 16 hex digits of SHA-256 over the check, the org, the
// subject and the cause, each behind its length.

// The fractions of the roots of the first primes, of which SHA-256 takes its constants.
function rootsOf(count, rootOf) {
  const roots = new Int32Array(count);
  for (let number = 2, found = 0; found < count; number += 1) {
    let prime = true;
    for (let by = 2; by * by <= number && prime; by += 1) prime = number % by !== 0;
    if (!prime) continue;
    const root = rootOf(number);
    roots[found] = ((root - Math.floor(root)) * 2 ** 32) | 0;
    found += 1;
  }
  return roots;
}

const SHA = { first: rootsOf(8, Math.sqrt), rounds: rootsOf(64, Math.cbrt), words: new Int32Array(64) };

// The first eight bytes of SHA-256, in hexadecimal digits; `size` bytes are taken, and the buffer has 72 more.
function shaOf(bytes, size) {
  const { first, rounds, words } = SHA;
  const end = Math.ceil((size + 9) / 64) * 64;
  bytes.fill(0, size, end);
  bytes[size] = 0x80;
  new DataView(bytes.buffer).setUint32(end - 4, size * 8);
  let [s0, s1, s2, s3, s4, s5, s6, s7] = first;
  for (let from = 0; from < end; from += 64) {
    for (let at = 0; at < 16; at += 1) {
      const byte = from + at * 4;
      words[at] = (bytes[byte] << 24) | (bytes[byte + 1] << 16) | (bytes[byte + 2] << 8) | bytes[byte + 3];
    }
    for (let at = 16; at < 64; at += 1) {
      const [x, y] = [words[at - 15], words[at - 2]];
      const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[at] = (words[at - 16] + low + words[at - 7] + high) | 0;
    }
    let [a, b, c, d, e, f, g, h] = [s0, s1, s2, s3, s4, s5, s6, s7];
    for (let at = 0; at < 64; at += 1) {
      const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + high + ((e & f) ^ (~e & g)) + rounds[at] + words[at]) | 0;
      const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    s0 = (s0 + a) | 0; s1 = (s1 + b) | 0; s2 = (s2 + c) | 0; s3 = (s3 + d) | 0;
    s4 = (s4 + e) | 0; s5 = (s5 + f) | 0; s6 = (s6 + g) | 0; s7 = (s7 + h) | 0;
  }
  return [s0, s1].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

const WRITTEN = { encoder: new TextEncoder(), bytes: new Uint8Array(4096) };

// The id of the finding in a row.
function fingerprintOf(block, row) {
  const [check, org, kind, id] = ["check", "org", "subject_kind", "subject_id"].map((name) => block.text(name, row));
  const parts = [check, org, kind, id || block.text("subject_name", row), ...block.list("cause", row)];
  let size = 0;
  for (const part of parts) {
    // A letter takes three bytes at most, two letters of a pair four.
    const room = size + part.length * 3 + 8 + 72;
    if (room > WRITTEN.bytes.length) {
      const more = new Uint8Array(room * 2);
      more.set(WRITTEN.bytes.subarray(0, size));
      WRITTEN.bytes = more;
    }
    const { written } = WRITTEN.encoder.encodeInto(part, WRITTEN.bytes.subarray(size + 8));
    WRITTEN.bytes.fill(0, size, size + 8);
    new DataView(WRITTEN.bytes.buffer).setUint32(size + 4, written);
    size += 8 + written;
  }
  return shaOf(WRITTEN.bytes, size);
}
