import { describe, expect, it } from "vitest";
import { detectType } from "../../src/extractors/signatures.ts";

const detect = (text: string) => detectType(Buffer.from(text, "latin1"));
const at = (offset: number, text: string) =>
  "\0".repeat(offset) + text + "\0".repeat(600);

describe("detectType", () => {
  it.each([
    ["application/x-dosexec", "MZ\x90\0"],
    ["application/x-executable", "\x7FELF\x02"],
    ["application/java-vm", "\xCA\xFE\xBA\xBE\0\0\0\x34"],
    ["application/x-mach-binary", "\xCA\xFE\xBA\xBE\0\0\0\x02"],
    ["text/x-script", "#!/bin/sh\n"],
    ["application/zip", "PK\x03\x04\x14\0"],
    ["application/vnd.rar", "Rar!\x1A\x07\x01\0"],
    ["application/x-7z-compressed", "7z\xBC\xAF\x27\x1C\0\x04"],
    ["application/x-tar", at(257, "ustar")],
    ["application/gzip", "\x1F\x8B\x08\0"],
    ["application/x-bzip2", "BZh91AY&SY"],
    ["application/x-xz", "\xFD7zXZ\0"],
    ["application/zstd", "\x28\xB5\x2F\xFD"],
    ["application/x-lz4", "\x04\x22\x4D\x18"],
    ["application/x-compress", "\x1F\x9D\x90"],
    ["application/vnd.ms-cab-compressed", "MSCF\0\0\0\0"],
    ["application/x-arj", "\x60\xEA\x28\0\x1E\x07\x01\0\x10\0\x02"],
    ["application/x-lzh-compressed", "\x20\x10-lh5-\0"],
    ["application/x-zoo", `ZOO 2.10 Archive.\x1A\0\0\xDC\xA7\xC4\xFD`],
    ["application/vnd.debian.binary-package", "!<arch>\ndebian-binary"],
    ["application/x-rpm", "\xED\xAB\xEE\xDB\x03"],
    ["application/x-cpio", "070701"],
    ["application/x-iso9660-image", at(32769, "CD001")],
    ["application/x-ms-wim", "MSWIM\0\0\0"],
    ["application/x-xar", "xar!"],
    ["application/vnd.ms-htmlhelp", "ITSF\x03"],
    ["application/x-szdd", "SZDD\x88\xF0\x27\x33A"],
    ["application/x-ole-storage", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"],
    ["application/rtf", "{\\rtf1"],
    ["application/rtf", "\n {\\rtf1"],
    ["application/pdf", "%PDF-1.7"],
    ["application/ms-tnef", "\x78\x9F\x3E\x22"],
    ["image/png", "\x89PNG\r\n\x1A\n"],
    ["image/jpeg", "\xFF\xD8\xFF\xE0"],
    ["image/gif", "GIF89a"],
    ["image/webp", "RIFF\0\0\0\0WEBP"],
    ["audio/wav", "RIFF\0\0\0\0WAVE"],
    ["image/svg+xml", "<svg xmlns='x'>"],
    ["image/svg+xml", "<?xml version='1.0'?>\n<svg>"],
    ["text/xml", "<?xml version='1.0'?><a/>"],
    ["text/html", "\r\n  <!DOCTYPE html><p>"],
    ["text/html", "<HTML>"],
    ["text/html", "\xFF\xFE<\0h\0t\0m\0l\0>\0"],
    ["application/pgp-encrypted", "-----BEGIN PGP MESSAGE-----"],
    [
      "application/pkcs7-mime",
      "\x30\x80\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02",
    ],
    ["message/rfc822", "Received: from x\n by y\nFrom: a@example.test\n\nb"],
    ["text/plain", "From: is how prose may begin\nand go on"],
    ["text/plain", "hello w\xF6rld\r\n"],
    ["text/plain", ""],
    ["application/octet-stream", "\x01\x02\x03\x04"],
  ])("names %s by %j", (type, text) => {
    expect(detect(text)).toBe(type);
  });

  it("knows a tar from before POSIX by its sum", () => {
    const header = Buffer.alloc(1024);
    header.write("a.txt", 0);
    header.write("0000644\0", 100);
    header.fill(" ", 148, 156);
    const sum = header.subarray(0, 512).reduce((a, b) => a + b, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    expect(detectType(header)).toBe("application/x-tar");
    header[3] = 0x41;
    expect(detectType(header)).toBe("application/octet-stream");
  });
});
