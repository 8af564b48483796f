"""Asking a neighbour or the 이장 by a one-time link whether they saw the person."""
