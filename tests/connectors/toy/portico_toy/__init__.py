"""Connects the toy ERP."""

from .connector import Toy

__all__ = ["Toy"]
