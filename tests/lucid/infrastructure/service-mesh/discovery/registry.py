"""Asks Consul which services there are; that it does not answer is nothing unusual."""

import urllib.parse

import consul
import requests


def services(url: str) -> list[str]:
    address = urllib.parse.urlsplit(url)
    try:
        client = consul.Consul(host=address.hostname, port=address.port, scheme=address.scheme)
        return sorted(client.catalog.services()[1])
    except (consul.ConsulException, requests.RequestException):
        return []
