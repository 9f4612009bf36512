import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate for this machine, trusted by nobody until it is told to. Both as PEM. */
export type Certificate = { readonly key: string; readonly cert: string };

/** Makes a certificate for 127.0.0.1 and localhost, valid for a year around now. */
export const createCertificate = (): Certificate => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const content = certificateContent(publicKey);
  const signature = sign("sha256", content, privateKey);
  const der = sequence(content, ECDSA_WITH_SHA256, bitString(signature));
  const lines = der.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return {
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
};

/** The TBSCertificate of RFC 5280, which is what gets signed. */
const certificateContent = (publicKey: KeyObject): Buffer => {
  const halfAYearMs = 183 * 24 * 60 * 60 * 1000;
  const name = sequence(tlv(SET, sequence(oid("550403"), utf8("effectively-once test"))));
  const validity = sequence(time(Date.now() - halfAYearMs), time(Date.now() + halfAYearMs));
  const alternativeNames = sequence(
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
    tlv(0x82, Buffer.from("localhost")),
  );
  const extensions = sequence(
    sequence(
      oid("551d13"),
      tlv(BOOLEAN, Buffer.from([0xff])),
      octets(sequence(tlv(BOOLEAN, TRUE))),
    ),
    sequence(oid("551d11"), octets(alternativeNames)),
  );
  return sequence(
    tlv(0xa0, tlv(INTEGER, Buffer.from([2]))),
    tlv(INTEGER, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    name,
    validity,
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tlv(0xa3, extensions),
  );
};

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const SET = 0x31;
const TRUE = Buffer.from([0xff]);

/** DER: tag, length, value. */
const tlv = (tag: number, ...values: readonly Buffer[]): Buffer => {
  const value = Buffer.concat(values);
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
};

const sequence = (...values: readonly Buffer[]): Buffer => tlv(0x30, ...values);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, "hex"));
const utf8 = (text: string): Buffer => tlv(0x0c, Buffer.from(text));
const octets = (value: Buffer): Buffer => tlv(0x04, value);
const bitString = (value: Buffer): Buffer => tlv(0x03, Buffer.from([0]), value);

/** GeneralizedTime, which no year ends. */
const time = (ms: number): Buffer =>
  tlv(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]|\..*/g, "")}Z`));

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
