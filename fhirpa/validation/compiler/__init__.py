"""From official FHIR packages to the constraint tables in profiles/, whose README describes the format."""

from fhirpa.validation.compiler.build import Build, build_folder, compile_tables
from fhirpa.validation.compiler.package import Package, read_package
from fhirpa.validation.compiler.supplement import read_supplement

__all__ = ["Build", "Package", "build_folder", "compile_tables", "read_package", "read_supplement"]
