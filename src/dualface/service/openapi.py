"""The description of the service for programs, as OpenAPI 3.1 has it."""

from __future__ import annotations

from typing import Any

import dualface
from dualface.config.settings import Setting, all_settings
from dualface.service.asked import SETTINGS
from dualface.service.job_store import State

_JSON = "application/json"


def document() -> dict[str, Any]:
    """The whole of it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "dualface",
            "version": dualface.__version__,
            "description": "Videos of two people in, split screens out.",
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Job": _job(), "Error": _object({"error": _text()}), "Settings": _settings(), "File": _file()},
            "parameters": {
                "id": {"name": "id", "in": "path", "required": True, "schema": _text()},
                "key": {
                    "name": "Idempotency-Key",
                    "in": "header",
                    "schema": _text(),
                    "description": "A request that is sent again with the same key makes no second job.",
                },
            },
        },
    }


def _paths() -> dict[str, Any]:
    one, key = {"$ref": "#/components/parameters/id"}, {"$ref": "#/components/parameters/key"}
    jobs = _object({"jobs": {"type": "array", "items": _ref("Job")}, "counts": {"type": ["object", "null"]}})
    files = _object({"files": {"type": "array", "items": _ref("File")}})
    wish = _object({"url": _text(), "name": _text(), "settings": _ref("Settings")}, "url")
    listing = [
        {"name": "state", "in": "query", "schema": {"enum": list(State)}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
        {"name": "before", "in": "query", "schema": {"type": "integer"}, "description": "Jobs with lower numbers only."},
    ]
    new = {"201": _answer("The job", _ref("Job")), "200": _answer("The job of this key, submitted before", _ref("Job"))}
    name = {"name": "name", "in": "path", "required": True, "schema": _text()}
    in_query = [{"name": setting, "in": "query", "schema": _text()} for setting in sorted(_settings()["properties"])]
    video = {"required": True, "content": {"application/octet-stream": {}}}
    stream = {"200": {"description": "Server-sent events: job, removed", "content": {"text/event-stream": {}}}}
    there = {"200": _answer("The job", _ref("Job"))}
    return {
        "/api/v1/jobs": {
            "get": _does("List jobs, the newest first", {"200": _answer("Jobs", jobs)}, listing),
            "post": _does(
                "Submit a video by its address", new, [key], {"required": True, "content": {_JSON: {"schema": wish}}}
            ),
        },
        "/api/v1/uploads/{name}": {"put": _does("Submit a video by uploading it", new, [name, key, *in_query], video)},
        "/api/v1/events": {"get": _does("Follow all jobs", stream)},
        "/api/v1/jobs/{id}": {
            "get": _does("One job", there, [one]),
            "delete": _does("Remove a job that has ended, and its files", {"204": {"description": "Removed"}}, [one]),
        },
        "/api/v1/jobs/{id}/cancel": {"post": _does("Cancel a job", {"202": _answer("The job", _ref("Job"))}, [one])},
        "/api/v1/jobs/{id}/events": {"get": _does("Follow a job until it has ended", stream, [one])},
        "/api/v1/jobs/{id}/files": {"get": _does("What was made", {"200": _answer("Files", files)}, [one])},
        "/api/v1/jobs/{id}/files/{name}": {
            "get": _does("Fetch a file", {"200": {"description": "The file"}, "206": {"description": "A part"}}, [one, name])
        },
        "/metrics": {"get": _does("Numbers for Prometheus", {"200": {"description": "Text"}})},
        "/health": {"get": _does("Whether it runs", {"200": {"description": "It does"}}) | {"security": []}},
    }


def _does(
    summary: str, responses: dict[str, Any], parameters: list[Any] | None = None, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    errors = {"default": _answer("What is wrong", _ref("Error"))}
    facts: dict[str, Any] = {"summary": summary, "responses": responses | errors}
    facts |= {"parameters": parameters} if parameters else {}
    return facts | ({"requestBody": body} if body else {})


def _job() -> dict[str, Any]:
    number, words = {"type": ["number", "null"]}, {"type": ["string", "null"]}
    progress = _object({"phase": _text(), "share": number, "frames": number, "total_frames": number, "seconds_left": number})
    return _object(
        {
            "id": _text(),
            "number": {"type": "integer"},
            "state": {"enum": list(State)},
            "name": _text(),
            "url": words,
            "settings": _ref("Settings"),
            "owner": _text(),
            "submitted": number,
            "started": number,
            "finished": number,
            "attempts": {"type": "integer"},
            "cancelling": {"type": "boolean"},
            "status": words,
            "error": words,
            "exit_code": {"type": ["integer", "null"]},
            "progress": progress | {"type": ["object", "null"]},
            "links": {"type": "object"},
        }
    )


def _settings() -> dict[str, Any]:
    own: dict[str, Any] = {name: _setting(all_settings()[key]) for name, key in SETTINGS.items()}
    names = {"names": _text() | {"description": 'Captions under the tiles: two names with a comma between, as "Ann,Bob".'}}
    own |= names | {"preset": _text(), "also": {"type": "array", "items": _text()}, "tiles": {"type": "boolean"}}
    return _object(own) | {"additionalProperties": False}


def _setting(setting: Setting) -> dict[str, Any]:
    """What it means, and what it may be in words: plugins may add choices."""
    about = f"{setting.key}: {setting.description} Must be {setting.allowed}."
    examples = {"examples": list(setting.choices)} if setting.choices else {}
    return {"type": ["string", "number", "boolean"], "description": about} | examples


def _file() -> dict[str, Any]:
    return _object({"name": _text(), "bytes": {"type": "integer"}, "href": _text()})


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties} | ({"required": list(required)} if required else {})


def _text() -> dict[str, Any]:
    return {"type": "string"}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {_JSON: {"schema": schema}}}
