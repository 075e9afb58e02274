"""HEAD wherever GET is (RFC 9110, section 9.1)."""

from litestar.plugins import ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute


class HeadPlugin(ReceiveRoutePlugin):
    """Gives each route that has GET a HEAD by the same handler; the server leaves out the body."""

    def receive_route(self, route: BaseRoute) -> None:
        """Add the method."""
        if isinstance(route, HTTPRoute) and "GET" in route.route_handler_map:
            route.route_handler_map.setdefault("HEAD", route.route_handler_map["GET"])
            route.methods.add("HEAD")
