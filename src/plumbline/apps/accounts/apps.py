"""Organisations, people, groups, roles; who asks."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Register the app."""

    name = "plumbline.apps.accounts"
    label = "accounts"
