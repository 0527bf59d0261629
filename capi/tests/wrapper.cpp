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
}

int main() {
	sidereal::config config;
	config.set(SIDEREAL_SETTING_STORE, "memory:").set(SIDEREAL_SETTING_LOG, "none").set(SIDEREAL_SETTING_GRACE, 60);
	const sidereal::engine engine(config);
	a_session_is_kept(engine);
	failures_are_exceptions(engine);
	engine.sweep(1);
	return 0;
}
