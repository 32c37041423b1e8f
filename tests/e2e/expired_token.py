"""Tokens end: a cloud whose tokens live for seconds only."""
import os
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.environ["E2E_FOLDER"]), "support"), os.environ["E2E_FOLDER"]]
import checks  # noqa: E402
import cloud as clouds  # noqa: E402
from checks import check, test  # noqa: E402

LIFETIME_S = 5
READS = {"identity": "/auth/catalog", "compute": "/servers", "network": "/v2.0/networks", "image": "/v2/images", "object-store": ""}

clouds.end_in_order_on_signals()
build = os.environ["E2E_BUILD"]
cloud = clouds.Cloud(build, hosts=1, without=clouds.not_built(build), settings=["identity.token_lifetime_s=%d" % LIFETIME_S])


@test
def a_token_ends():
    """a token works until it expires; then every service answers 401, changes nothing, and takes a new one"""
    demo = cloud.login("demo")
    for service, path in READS.items():
        if service in demo.endpoints:
            check(demo.call("GET", service, path).status // 100 == 2, "%s refuses a token that lives" % service)

    def refused_everywhere():
        answers = {service: demo.call("GET", service, path).status for service, path in READS.items() if service in demo.endpoints}
        return set(answers.values()) == {401}
    clouds.eventually(refused_everywhere, LIFETIME_S + 10, "every service refuses the token")
    made = demo.call("POST", "compute", "/os-keypairs", {"keypair": {"name": "late"}})
    check(made.status == 401 and "www-authenticate" in {name.lower() for name in made.headers}, "%s" % made)
    again = cloud.login("demo", fresh=True)
    check(again.ask("GET", "compute", "/os-keypairs")["keypairs"] == [], "the refused request changed something")


@test
def daemons_keep_their_own_tokens_fresh():
    """the daemons' own tokens are renewed: a server is built long after the first one expired"""
    session = cloud.login("demo", fresh=True)
    image = session.ask("GET", "image", "/v2/images?name=tiny")["images"][0]["id"]
    made = session.ask("POST", "compute", "/servers",
                       {"server": {"name": "late", "flavorRef": "1", "imageRef": image, "networks": "none"}},
                       {"X-OpenStack-Nova-API-Version": "2.37"})["server"]["id"]

    def active():
        return cloud.login("demo", fresh=True).ask("GET", "compute", "/servers/" + made)["server"]["status"] == "ACTIVE"
    clouds.eventually(active, 30, "it runs")


cloud.close()
sys.exit(1 if checks.any_bad else 0)
