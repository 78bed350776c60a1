from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.endpoint import Endpoint, of_url


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    files = ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    subprocess.run([*made, *files], check=True, capture_output=True)
    return folder / "cert.pem"


def test_the_repr_does_not_show_the_key() -> None:
    assert "secret" not in repr(Endpoint("http://h/mlx/v1", "secret", "explicit"))


@pytest.mark.parametrize(
    "written",
    [
        "http://h:8888/base/mlx/v1",
        "http://h:8888/base/mlx/v1/",
        "http://h:8888/base/mlx",
        "http://h:8888/base/",
        "http://h:8888/base/lab/tree/a.ipynb?reset",
        "http://h:8888/base/tree?token=t",
        "h:8888/base",
    ],
)
def test_an_address_copied_from_anywhere_becomes_the_api_address(written: str) -> None:
    assert of_url(written, "k", "explicit").base_url == "http://h:8888/base/mlx/v1"


def test_the_api_of_a_server_behind_another_path_is_left_as_it_is() -> None:
    assert of_url("https://h/models/v1", "k", "explicit").base_url == "https://h/models/v1"


def test_the_token_in_a_copied_address_is_the_key() -> None:
    assert of_url("http://h/lab?token=t", None, "explicit").api_key == "t"


def test_a_given_key_is_better_than_the_token_in_the_address() -> None:
    assert of_url("http://h/lab?token=t", "k", "explicit").api_key == "k"


def test_blanks_around_a_copied_key_are_left_out() -> None:
    assert of_url("http://h", " k\n", "explicit").api_key == "k"


@pytest.mark.parametrize("key", ["secret\nX-Other: 1", "secrét"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        of_url("http://h", key, "explicit")
    assert key not in raised.value.message


def test_a_password_in_an_address_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidRequest) as raised:
        of_url("http://al:secret@h", None, "explicit")
    assert "secret" not in raised.value.message


def test_health_lies_beside_the_api() -> None:
    assert of_url("http://h/b", "k", "explicit").health_url == "http://h/b/mlx/health"


def context(url: str, how: str, certificate: Path) -> ssl.SSLContext:
    made = Endpoint(url, "k", how, cafile=str(certificate)).verify()
    assert isinstance(made, ssl.SSLContext)
    return made


def test_the_certificate_in_a_record_is_trusted_under_any_name(certificate: Path) -> None:
    assert not context("https://10.0.0.1/mlx/v1", "parent", certificate).check_hostname


def test_the_users_certificate_for_another_machine_must_fit_its_name(certificate: Path) -> None:
    assert context("https://10.0.0.1/mlx/v1", "environment", certificate).check_hostname


def test_the_users_certificate_for_this_machine_is_trusted_under_any_name(
    certificate: Path,
) -> None:
    assert not context("https://127.0.0.1/mlx/v1", "environment", certificate).check_hostname
