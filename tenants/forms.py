"""What is typed into the forms of companies."""

import marshmallow as ma

from core.auth.forms import Address, Currency, Locale, Name, NewPassword, Timezone


class OpenWorkspace(ma.Schema):
    company = Name()
    locale = Locale()
    timezone = Timezone()
    currency = Currency()


class SignUp(ma.Schema):
    name = Name()
    company = Name()
    email = Address()
    password = NewPassword()
    locale = Locale()
    timezone = Timezone()
    currency = Currency()


class ChangeWorkspace(ma.Schema):
    name = Name()
    locale = Locale()
    timezone = Timezone()
    currency = Currency()
