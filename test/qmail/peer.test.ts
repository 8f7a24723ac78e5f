import { describe, expect, test } from "vitest";

import { readPeer, type PeerSource } from "../../src/qmail/peer.ts";

function peerOf(source: Partial<PeerSource>, received?: string) {
  const header =
    received === undefined
      ? []
      : [{ name: "Received", value: received, start: 0, end: 1 }];
  return readPeer({
    env: {},
    uid: 0,
    trusted: true,
    header,
    userVariable: null,
    ...source,
  });
}

describe("the HELO name", () => {
  const env = { TCPREMOTEIP: "192.0.2.7", TCPREMOTEHOST: "MX.example.org" };
  test.each([
    [" from x (HELO mx.example.org) (192.0.2.7)\n  by y", "mx.example.org"],
    [" from mx.example.org (192.0.2.7)\n  by y", "mx.example.org"],
    [" from unknown (192.0.2.7)", null],
    [" from x (HELO a?b) (192.0.2.7)", null],
    [" by y with SMTP", null],
  ])("of %j is %j", (value, helo) => {
    expect(peerOf({ env }, value).helo).toBe(helo);
  });
  test("is not read from the author's own field", () => {
    expect(
      peerOf({ env: {} }, " from x (HELO mx) (192.0.2.7)").helo,
    ).toBeNull();
  });
});

describe("the environment", () => {
  const env = {
    TCPREMOTEIP: "192.0.2.7",
    RELAYCLIENT: "",
    TCPREMOTEINFO: "admin",
    AUTHUSER: "joe\x1b[2J",
    QSIFT_POLICY: "strict",
    QS_SPAMASSASSIN: "ON",
  };
  test("of a trusted caller counts", () => {
    expect(peerOf({ env, userVariable: "AUTHUSER" })).toMatchObject({
      ip: "192.0.2.7",
      relayClient: true,
      user: "joe\\x1B[2J",
      policy: "strict",
      judgeSpam: true,
    });
  });
  test("of another caller counts for nothing", () => {
    expect(
      peerOf({ env, trusted: false, uid: 5, userVariable: "AUTHUSER" }),
    ).toEqual({
      uid: 5,
      trusted: false,
      ip: null,
      host: null,
      helo: null,
      relayClient: false,
      user: null,
      policy: null,
      judgeSpam: null,
    });
  });
});
