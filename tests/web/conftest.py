"""A house and a client of it for every test of the web."""

import pytest
from flask.testing import FlaskClient

from tests.web.fake_house import House


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.client()
