"""Whose certificates do tests sign with? An authority made up for the test, and officials it vouches for."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf

PASSPHRASE = "rahasia contoh"
BEGINS, ENDS = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@cache
def authority(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    return _certificate(name, name, key, key, is_authority=True), key


def p12(name: str, issuer: str = "Penerbit Contoh") -> bytes:
    """An official's key and certificate in one file, opened by PASSPHRASE."""
    issued_by, issuer_key = authority(issuer)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(name, issuer, key, issuer_key)
    lock = BestAvailableEncryption(PASSPHRASE.encode())
    return pkcs12.serialize_key_and_certificates(b"contoh", key, certificate, [issued_by], lock)


def pem(issuer: str) -> bytes:
    return authority(issuer)[0].public_bytes(Encoding.PEM)


def signed_elsewhere(
    pdf: bytes, name: str, field: str = "Tanda", box: tuple[int, int, int, int] | None = None, issuer: str = "Penerbit Contoh"
) -> bytes:
    """As another office's program signs: the plain way, its description of the file rewritten."""
    signer = SimpleSigner.load_pkcs12_data(p12(name, issuer), (), PASSPHRASE.encode())
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    spec = SigFieldSpec(field, box=box)
    return sign_pdf(writer, PdfSignatureMetadata(field_name=field), signer=signer, new_field_spec=spec).getvalue()


def keep_p12(home: Path, name: str) -> str:
    (home / "tte.p12").write_bytes(p12(name))
    return "tte.p12"


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey, is_authority: bool = False
) -> x509.Certificate:
    usage = x509.KeyUsage(not is_authority, not is_authority, False, False, False, is_authority, is_authority, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(_named(name)).issuer_name(_named(issuer)).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(BEGINS).not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True).add_extension(usage, critical=True)
    )  # fmt: skip
    return made.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([
        x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dinas Contoh"),
    ])  # fmt: skip
