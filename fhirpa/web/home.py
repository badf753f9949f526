"""The front page: what this server is and where its doors are. base.html is the frame of every page."""

from typing import Any

from flask import Flask, render_template

from fhirpa import __version__
from fhirpa.web.fhir_api import VERSIONS
from fhirpa.web.use_cases import UseCases


def install(app: Flask, use_cases: UseCases) -> None:
    """Add the page. It is plain HTML with one stylesheet and no script."""

    def home() -> str:
        return render_template("home.html", base_url=use_cases.base_url, versions=VERSIONS)

    def on_every_page() -> dict[str, Any]:
        return {"sandbox": use_cases.mode == "sandbox", "software": __version__}

    app.context_processor(on_every_page)
    app.add_url_rule("/", "home", home)
