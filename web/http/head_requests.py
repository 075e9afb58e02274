"""HEAD wherever GET is (RFC 9110, section 9.1), and OPTIONS that says so."""

from litestar import Litestar
from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute


class HeadPlugin(ReceiveRoutePlugin):
    """Gives each route that has GET a HEAD by the same handler; the server leaves out the body."""

    def receive_route(self, route: BaseRoute) -> None:
        """Add the method, and tell all that there are."""
        if not isinstance(route, HTTPRoute):
            return
        if "GET" in route.route_handler_map:
            route.route_handler_map.setdefault("HEAD", route.route_handler_map["GET"])
            route.methods.add("HEAD")
        _tell_methods(route)


def _tell_methods(route: HTTPRoute) -> None:
    """Let OPTIONS tell what this route has.

    Where several handlers have one path, Litestar merges their routes and keeps the handler for
    OPTIONS of the first, which knows of that one's methods alone.
    """
    made, model = route.route_handler_map["OPTIONS"]
    app = made.ownership_layers[0]
    if not isinstance(app, Litestar):
        raise TypeError("a route without an application")
    handler = route.create_options_handler(route.path)
    handler.owner = made.owner
    handler.on_registration(app)
    route.route_handler_map["OPTIONS"] = handler, model
