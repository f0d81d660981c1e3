/** The first byte of every message in the registry's format. */
export const MAGIC_BYTE = 0;

/** The magic byte and the schema id. */
export const HEADER_BYTES = 5;

/** A message in the Confluent wire format: a zero byte, the schema id as four bytes (big-endian), the Avro body. */
export function frame(schemaId: number, body: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  message[0] = MAGIC_BYTE;
  message.writeUInt32BE(schemaId, 1);
  message.set(body, HEADER_BYTES);
  return message;
}

/** The schema id of a message in the wire format; null for anything else, too short a message included. */
export function schemaIdOf(message: Uint8Array | null): number | null {
  if (message === null || message.length < HEADER_BYTES || message[0] !== MAGIC_BYTE) return null;
  return ((message[1] << 24) | (message[2] << 16) | (message[3] << 8) | message[4]) >>> 0;
}

/** The same bytes as the Buffer that the Avro library asks for. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
