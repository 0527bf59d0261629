// sidereal.hpp: objects that free themselves, failures as exceptions.
#include <sidereal.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

static void check(bool held, const char *what) {
	if (!held) {
		std::fprintf(stderr, "wrapper.cpp: expected %s\n", what);
		std::abort();
	}
}
#define CHECK(what) check((what), #what)

static std::string cookie_of(const sidereal::request &request) {
	const std::string line(request.set_cookie());
	return line.substr(0, line.find(';'));
}

static void a_session_is_kept(const sidereal::engine &engine) {
	std::string jar;
	{
		sidereal::request request(engine);
		request.address("192.0.2.1").user_agent("test").open();
		CHECK(request.payload().empty() && request.is_writable());
		request.commit("1");
		jar = cookie_of(request);
	}
	{
		sidereal::request request(engine);
		request.cookies(jar).open();
		CHECK(request.payload() == "1");
		request.elevate();
		request.commit("alice");
		jar = cookie_of(request);
	}
	{
		sidereal::request request(engine);
		request.cookies(jar).open(SIDEREAL_ACCESS_READ_ONLY);
		CHECK(request.payload() == "alice" && request.denial() == SIDEREAL_DENIAL_NONE);
		sidereal::request moved = std::move(request);
		moved.logout();
		CHECK(moved.set_cookie().find("Max-Age=0") != std::string_view::npos);
	}
	sidereal::request request(engine);
	request.cookies(jar).open();
	CHECK(request.payload().empty());
}

static std::string log_in(const sidereal::engine &engine, std::string_view user) {
	sidereal::request request(engine);
	request.address("2001:db8::1").header("User-Agent", "Mozilla/5.0 (X11; Linux) Firefox/133.0").open();
	request.login(user, "pwd");
	request.commit("hello");
	CHECK(request.is_bound() && !request.must_reauthenticate() && request.is_of(user) && !request.is_of("mallory"));
	return cookie_of(request);
}

static void users_have_sessions(const sidereal::engine &engine) {
	const std::string phone = log_in(engine, "alice"), laptop = log_in(engine, "alice"), other = log_in(engine, "alice");
	CHECK(engine.roster("alice").size() == 3 && engine.roster("bob").empty());
	sidereal::request request(engine);
	request.cookies(phone).address("2001:db8::2").open();
	CHECK(request.is_fresh(60) && request.is_fresh(60, "pwd") && !request.is_fresh(60, "otp") && !request.is_fresh(60, "", "pay"));
	request.reauthenticated("otp", "pay");
	CHECK(request.is_fresh(60, "otp", "pay") && !request.is_fresh(60, "otp", "pay"));
	request.commit();
	const sidereal::session_info own = request.info();
	CHECK(own.handle.size() == 26 && own.methods == "otp" && own.network == "2001:db8::/64" && own.authenticated_ms > 0);
	CHECK(engine.roster("alice").size() == 3);
	for (const sidereal::session_info &each : engine.roster("alice")) {
		if (each.handle != own.handle) {
			CHECK(engine.revoke("alice", each.handle) && !engine.revoke("alice", each.handle));
			break;
		}
	}
	CHECK(!engine.revoke("alice", "no handle"));
	CHECK(engine.revoke_others("alice", own.handle) > 0 && engine.roster("alice").size() == 1);
	CHECK(engine.revoke_user("alice") > 0 && engine.roster("alice").empty());
	CHECK(engine.mint("shop-").find("shop-") == 0 && engine.mint() != engine.mint_for("alice"));
	CHECK(engine.roster_of_prefix("shop-").empty());
	log_in(engine, "bob");
	CHECK(engine.revoke_all() > 0 && engine.roster("bob").empty());
}

static void failures_are_exceptions(const sidereal::engine &engine) {
	try {
		sidereal::config().set(SIDEREAL_SETTING_PROFILE, "paranoid");
		CHECK(false);
	} catch (const sidereal::error &found) {
		CHECK(found.status() == SIDEREAL_STATUS_CONFIG && std::string(found.what()).find("expected") == 0);
	}
	try {
		sidereal::request(engine).commit();
		CHECK(false);
	} catch (const sidereal::error &found) {
		CHECK(found.status() == SIDEREAL_STATUS_STATE);
	}
	try {
		engine.roster(std::string_view());
		CHECK(false);
	} catch (const sidereal::error &found) {
		CHECK(found.status() == SIDEREAL_STATUS_ARGUMENT && std::string(found.what()).find("expected") == 0);
	}
}

static void configurations_are_judged() {
	sidereal::config config;
	config.set(SIDEREAL_SETTING_STORE, "memory:").set(SIDEREAL_SETTING_ROTATE_INTERVAL, 0);
	const sidereal::audit audit = config.audit();
	const std::vector<sidereal_finding> findings = audit.findings();
	CHECK(findings.size() == 2 && findings[0].id == std::string("rotation-off") && findings[0].severity == SIDEREAL_SEVERITY_WARNING);
	CHECK(findings[1].id == std::string("store-memory"));
	CHECK(audit.write().find("2 warnings") != std::string::npos && audit.write(SIDEREAL_FORMAT_JSON).find('{') == 0);
}

int main() {
	sidereal::config config;
	config.set(SIDEREAL_SETTING_STORE, "memory:").set(SIDEREAL_SETTING_LOG, "none").set(SIDEREAL_SETTING_GRACE, 60);
	const sidereal::engine engine(config);
	a_session_is_kept(engine);
	users_have_sessions(engine);
	failures_are_exceptions(engine);
	configurations_are_judged();
	engine.sweep(1);
	return 0;
}
