"""Imports: merchants, buyers, accounts, authorizations and orders from the CSV files that people bring."""

from ingather.jobs.imports.report import Did, FileReport, ImportReport
from ingather.jobs.imports.run import import_files
from ingather.jobs.imports.source import Limits

__all__ = ["Did", "FileReport", "ImportReport", "Limits", "import_files"]
